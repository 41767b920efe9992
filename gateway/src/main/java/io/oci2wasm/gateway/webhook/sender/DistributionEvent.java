package io.oci2wasm.gateway.webhook.sender;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event of a Distribution notification, as far as we read it (Distribution's documentation,
 * "Work with notifications"). Self-managed GitLab sends the same, Azure a single one.
 */
record DistributionEvent(
    @Nullable String id,
    @Nullable Instant timestamp,
    @Nullable String action,
    @Nullable Target target,
    @Nullable Request request,
    @Nullable Actor actor) {
  record Target(
      @Nullable String mediaType,
      @Nullable String digest,
      @Nullable String repository,
      @Nullable String url,
      @Nullable String tag,
      @Nullable String artifactType,
      @Nullable List<@Nullable Reference> references) {}

  /** What the manifest holds, its config too; only where {@code events.includereferences} is on. */
  record Reference(@Nullable String mediaType) {}

  /** What the pusher asked: {@code host} is the registry's name as the pusher wrote it. */
  record Request(@Nullable String host) {}

  record Actor(@Nullable String name) {}
}
