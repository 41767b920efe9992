package io.oci2wasm.build.step;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** What became of conversions and layers, in numbers. */
public final class ConversionMetrics {
  private final MeterRegistry registry;

  public ConversionMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** How a wish for a bundle, or for a layer of one, ended. */
  public enum Outcome {
    /** Made here. */
    MADE,
    /** It was there already. */
    REUSED,
    /** Made here, while another worker made the same and was first: work done twice. */
    REPEATED,
    /** Put off, because another worker is at it. */
    ELSEWHERE
  }

  void conversion(Outcome outcome) {
    count("oci2wasm.conversions", outcome);
  }

  /** A layer that was packed. */
  public void layer(Outcome outcome) {
    count("oci2wasm.layers", outcome);
  }

  private void count(String name, Outcome outcome) {
    registry.counter(name, "outcome", outcome.name().toLowerCase(Locale.ROOT)).increment();
  }
}
