package io.oci2wasm.runtime.config;

import org.jspecify.annotations.Nullable;

/** The configuration is invalid. The message names the key and what to write instead. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
