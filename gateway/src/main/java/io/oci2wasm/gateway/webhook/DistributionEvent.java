package io.oci2wasm.gateway.webhook;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One event of a Distribution notification, as far as we read it (Distribution's documentation,
 * "Work with notifications"; the same body comes from self-managed GitLab).
 */
record DistributionEvent(
    @Nullable String id,
    @Nullable Instant timestamp,
    @Nullable String action,
    @Nullable Target target,
    @Nullable Request request) {
  record Target(
      @Nullable String mediaType,
      @Nullable String digest,
      @Nullable String repository,
      @Nullable String url,
      @Nullable String tag) {}

  /** What the pusher asked: {@code host} is the registry's name as the pusher wrote it. */
  record Request(@Nullable String host) {}
}
