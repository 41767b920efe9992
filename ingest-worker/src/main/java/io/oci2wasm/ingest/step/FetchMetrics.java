package io.oci2wasm.ingest.step;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.runtime.monitor.BoundedLabel;

/** What registries gave, in numbers. */
public final class FetchMetrics {
  private final MeterRegistry registry;
  private final BoundedLabel hosts = new BoundedLabel();

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
        .tag("registry", hosts.of(host))
        .description("Fetched from registries, kept or not")
        .register(registry)
        .increment((double) amount);
  }
}
