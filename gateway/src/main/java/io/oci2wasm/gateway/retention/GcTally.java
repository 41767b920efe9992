package io.oci2wasm.gateway.retention;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.gateway.retention.GcReport.Line;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts what one run removes, or would remove. */
final class GcTally {
  private final @Nullable MeterRegistry metrics;
  private final Map<Kind, Map<Rule, Line>> lines = new EnumMap<>(Kind.class);
  private long spared;

  /** Without {@code metrics} nothing is really removed. */
  GcTally(@Nullable MeterRegistry metrics) {
    this.metrics = metrics;
  }

  void removed(Removal removal) {
    add(removal.kind(), removal.rule(), removal.objects().size(), removal.sizeBytes());
  }

  void aborted() {
    add(Kind.UPLOAD, Rule.INCOMPLETE, 1, 0);
  }

  void spared(Removal removal) {
    spared += removal.objects().size();
  }

  private void add(Kind kind, Rule rule, int objects, long bytes) {
    lines
        .computeIfAbsent(kind, any -> new EnumMap<>(Rule.class))
        .merge(rule, new Line(kind, rule, objects, bytes), Line::plus);
    if (metrics != null) {
      count(metrics, "oci2wasm.retention.removed.objects", kind, rule, objects);
      count(metrics, "oci2wasm.retention.removed.bytes", kind, rule, bytes);
    }
  }

  private static void count(MeterRegistry metrics, String name, Kind kind, Rule rule, long amount) {
    Counter.builder(name)
        .description("Removed from the object store by retention")
        .tags("kind", kind.toString(), "rule", rule.toString())
        .register(metrics)
        .increment((double) amount);
  }

  /** By kind, then by rule. */
  List<Line> lines() {
    List<Line> all = new ArrayList<>();
    lines.values().forEach(byRule -> all.addAll(byRule.values()));
    return all;
  }

  /** Objects that were to go and were wanted again when their turn came. */
  long spared() {
    return spared;
  }
}
