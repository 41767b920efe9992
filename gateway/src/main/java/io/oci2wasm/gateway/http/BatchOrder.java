package io.oci2wasm.gateway.http;

import io.oci2wasm.api.Glob;
import io.oci2wasm.api.event.BatchRequested;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The body that asks for a batch.
 *
 * @param repositories globs ({@link Glob}); none means all
 * @param platforms none means all that are configured
 * @param since an RFC 3339 time
 * @param rate images begun in a second; absent or 0 means without limit
 */
record BatchOrder(
    @Nullable String kind,
    @Nullable String registry,
    @Nullable List<String> repositories,
    @Nullable List<String> platforms,
    @Nullable String since,
    boolean force,
    double rate,
    boolean dryRun) {
  private static final JsonBody<BatchOrder> BODY =
      new JsonBody<>(BatchOrder.class, "batch", "kind and registry");
  private static final int MAX_GLOBS = 100;

  static BatchOrder parse(byte[] body) {
    return BODY.parse(body);
  }

  /** As an event with a new id. */
  BatchRequested requested(Instant now) {
    try {
      BatchRequested.Kind parsedKind = Queries.word(BatchRequested.Kind.class, "kind", kind);
      if (parsedKind == null || registry == null) {
        throw new IllegalArgumentException(
            String.format(
                "found no %s, expected kind (scan or reconvert) and registry",
                parsedKind == null ? "kind" : "registry"));
      }
      requireFit(parsedKind);
      return new BatchRequested(
          UUID.randomUUID().toString().replace("-", ""),
          parsedKind,
          registry,
          globs(),
          since == null ? null : time(since),
          Choices.of(platforms, force),
          rate,
          now);
    } catch (IllegalArgumentException e) {
      throw BODY.refused(String.valueOf(e.getMessage()));
    }
  }

  private void requireFit(BatchRequested.Kind parsedKind) {
    if (parsedKind == BatchRequested.Kind.SCAN && (since != null || force || dryRun)) {
      throw new IllegalArgumentException(
          String.format(
              "found a scan with %s, expected none: a scan converts what was never asked"
                  + " for, and what that is only the registry knows",
              since != null ? "since" : force ? "force" : "dryRun"));
    }
  }

  private List<String> globs() {
    List<String> globs = repositories == null ? List.of() : repositories;
    if (globs.size() > MAX_GLOBS) {
      throw new IllegalArgumentException(
          "repositories: found " + globs.size() + ", expected at most " + MAX_GLOBS);
    }
    return globs.stream().map(glob -> new Glob(String.valueOf(glob)).text()).distinct().toList();
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "since: found \"" + text + "\", expected a time such as 2026-11-24T06:40:23Z", e);
    }
  }
}
