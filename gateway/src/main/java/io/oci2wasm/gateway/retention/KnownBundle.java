package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import java.time.Instant;

/**
 * A bundle that was announced for an image of a repository.
 *
 * @param manifest the platform manifest that was converted
 * @param announced when it was announced there last
 */
public record KnownBundle(
    String conversionId,
    Sha256Digest manifest,
    String registry,
    String repository,
    Instant announced) {
  /** As {@link KnownImage#place}. */
  String place() {
    return registry + "/" + repository;
  }
}
