package io.oci2wasm.runtime.bundle;

import java.io.IOException;

/** What a bundle consists of is not in the store as it was written. */
public final class DamagedBundleException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedBundleException(String message) {
    super(message);
  }

  DamagedBundleException(String message, Throwable cause) {
    super(message, cause);
  }
}
