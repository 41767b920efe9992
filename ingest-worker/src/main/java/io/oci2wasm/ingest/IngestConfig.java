package io.oci2wasm.ingest;

import io.oci2wasm.runtime.work.WorkerConfig;

/** What the ingest-worker is told. */
public record IngestConfig(WorkerConfig work) {
  public static final IngestConfig DEFAULT = new IngestConfig(WorkerConfig.of(2));
}
