package io.oci2wasm.gateway.state.snapshot;

import org.jspecify.annotations.Nullable;

/** A snapshot that is not what its name and its format promise, or that a newer version wrote. */
public final class DamagedSnapshotException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedSnapshotException(String key, String found, @Nullable Throwable cause) {
    super("snapshot " + key + ": found " + found, cause);
  }
}
