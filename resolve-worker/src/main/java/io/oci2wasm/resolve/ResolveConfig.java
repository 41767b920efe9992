package io.oci2wasm.resolve;

import io.oci2wasm.runtime.work.WorkerConfig;

/** What the resolve-worker is told. */
public record ResolveConfig(WorkerConfig work) {
  public static final ResolveConfig DEFAULT = new ResolveConfig(WorkerConfig.of(1));
}
