package io.oci2wasm.gateway.view;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import org.jspecify.annotations.Nullable;

/** Which conversions are asked for; null means any. {@code digest} is the image's or manifest's. */
public record ConversionFilter(
    @Nullable ConversionState state,
    @Nullable String repository,
    @Nullable Sha256Digest digest,
    @Nullable String request) {
  public static final ConversionFilter ANY = new ConversionFilter(null, null, null, null);

  boolean matches(Conversion conversion) {
    return (state == null || conversion.state() == state)
        && (repository == null || repository.equals(conversion.image().repository()))
        && (digest == null
            || digest.equals(conversion.image().digest())
            || digest.equals(conversion.manifestDigest()))
        && (request == null || request.equals(conversion.requestId()));
  }
}
