package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.UnavailableException;
import org.jspecify.annotations.Nullable;

/** The signer gave no signature, or not the key's. It may once somebody has looked after it. */
final class SignerException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  SignerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
