package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image of a repository that somebody asked for.
 *
 * @param digest of its manifest or index; null while it is only known by tag
 * @param asked when it was asked for last: a push, or any other request
 * @param used when one of its requests was worked on last
 * @param needed whether a request of it has not ended, or ended in a dead letter that can be
 *     replayed
 */
public record KnownImage(
    String registry,
    String repository,
    @Nullable Sha256Digest digest,
    Instant asked,
    Instant used,
    boolean needed) {
  /** The repository with its registry: the same path elsewhere is another one. */
  String place() {
    return registry + "/" + repository;
  }
}
