package io.oci2wasm.ingest.step;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.event.ImageIngested;

/** What registries gave, in numbers; there are as many registries as are allowed. */
public final class FetchMetrics {
  private final MeterRegistry registry;

  public FetchMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Adds what was fetched of one image from {@code host}. */
  public void add(String host, ImageIngested.Blobs blobs) {
    count("oci2wasm.fetched.bytes", host, blobs.bytesFetched());
    count("oci2wasm.fetched.blobs", host, blobs.fetched());
  }

  private void count(String name, String host, long amount) {
    Counter.builder(name)
        .tag("registry", host)
        .description("Fetched from registries, whether it was kept or not")
        .register(registry)
        .increment((double) amount);
  }
}
