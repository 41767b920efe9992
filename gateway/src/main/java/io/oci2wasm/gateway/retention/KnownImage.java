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
 * @param open whether a request of it has not ended: queued, running, or waiting for a retry
 * @param failed when a conversion of it failed last: its dead letter may be replayed
 */
public record KnownImage(
    String registry,
    String repository,
    @Nullable Sha256Digest digest,
    Instant asked,
    Instant used,
    boolean open,
    @Nullable Instant failed) {
  /** The repository with its registry: the same path elsewhere is another one. */
  String place() {
    return registry + "/" + repository;
  }
}
