package io.oci2wasm.buildworker.step;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.runtime.monitor.BoundedLabel;
import java.util.Locale;

/** What became of conversions and layers, in numbers. */
public final class ConversionMetrics {
  private final MeterRegistry registry;
  private final BoundedLabel registries = new BoundedLabel();

  public ConversionMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** How a wish for a bundle, or for a layer of one, ended. */
  public enum Result {
    /** Made here. */
    MADE,
    /** It was there already. */
    REUSED,
    /** Made here, while another worker made the same and was first: work done twice. */
    REPEATED,
    /** Put off, because another worker is at it. */
    ELSEWHERE
  }

  /** Platforms are few: only those that have an engine get here. */
  void conversion(PlatformResolved event, Result result) {
    count(
        "oci2wasm.conversions",
        "Bundles that were requested, by outcome",
        result,
        Tags.of("lane", event.lane().toString())
            .and("registry", registries.of(event.image().registry()))
            .and("platform", event.platform().toString()));
  }

  /** A layer that was packed. */
  public void layer(Result result) {
    count("oci2wasm.layers", "Layers that were packed", result, Tags.empty());
  }

  private void count(String name, String description, Result result, Tags tags) {
    Counter.builder(name)
        .description(description)
        .tags(tags.and("outcome", result.name().toLowerCase(Locale.ROOT)))
        .register(registry)
        .increment();
  }
}
