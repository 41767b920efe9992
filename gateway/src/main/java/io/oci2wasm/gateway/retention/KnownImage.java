package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image of a repository, judged by who wants it (docs/FORMATS.md, "Retention").
 *
 * @param digest of its manifest or index
 * @param asked when somebody asked for it last, or for the tag whose last bundle it has
 * @param used when a request of somebody was worked on last
 * @param touched the same, with re-conversions
 * @param open whether a request of it has not ended: queued, running, or waiting for a retry
 * @param failed when a conversion of it failed last: its dead letter may be replayed
 * @param held whether a living tag leads to it, or it was asked for by its digest alone
 * @param lastOfTag whether it has the last bundle that a living tag led to, since what the tag
 *     leads to now has none
 * @param counted whether it takes one of the places of its repository: it has a bundle, and not
 *     only to complete what a tag has
 * @param child whether it was only pushed as part of an index of its repository
 */
record KnownImage(
    String place,
    Sha256Digest digest,
    Instant asked,
    Instant used,
    Instant touched,
    boolean open,
    @Nullable Instant failed,
    boolean held,
    boolean lastOfTag,
    boolean counted,
    boolean child) {
  String registry() {
    return place.substring(0, place.indexOf('/'));
  }

  String repository() {
    return place.substring(place.indexOf('/') + 1);
  }
}
