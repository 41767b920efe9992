package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ImageReference;
import java.time.Instant;
import java.util.List;

/**
 * The result of one run (docs/FORMATS.md, "Retention").
 *
 * @param dryRun whether nothing was removed: then {@code removed} is what would be
 * @param images that are no longer wanted; at most {@link #MAX_IMAGES} of them are named
 * @param unwantedImages how many there are
 * @param spared objects that were to go and were wanted again when their turn came
 */
public record GcReport(
    boolean dryRun,
    Instant startedAt,
    long durationMs,
    long objects,
    long bytes,
    long unwantedImages,
    List<Unwanted> images,
    List<Line> removed,
    long spared) {
  static final int MAX_IMAGES = 1000;

  public GcReport {
    images = List.copyOf(images);
    removed = List.copyOf(removed);
  }

  /** An image that goes. */
  public record Unwanted(ImageReference image, Rule rule, Instant used) {}

  /** How much of one kind goes by one rule. */
  public record Line(Kind kind, Rule rule, long objects, long bytes) {
    Line plus(Line other) {
      return new Line(kind, rule, objects + other.objects, bytes + other.bytes);
    }
  }

  /** The same without the images that it names. */
  GcReport withoutImages() {
    return new GcReport(
        dryRun, startedAt, durationMs, objects, bytes, unwantedImages, List.of(), removed, spared);
  }

  /** All objects that went, or would go. */
  public long removedObjects() {
    return removed.stream().mapToLong(Line::objects).sum();
  }
}
