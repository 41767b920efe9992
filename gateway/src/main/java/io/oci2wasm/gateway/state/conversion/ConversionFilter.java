package io.oci2wasm.gateway.state.conversion;

import static io.oci2wasm.api.ConversionState.BUILT;
import static io.oci2wasm.api.ConversionState.REMOVED;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.database.LikePattern;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Filter for conversions. Null matches any.
 *
 * @param stage which they wait for, where somebody works on them, or where they ended
 * @param repository its name, or a pattern: {@code *} stands for any characters, {@code ?} for one
 * @param digest the image's or the manifest's
 */
public record ConversionFilter(
    @Nullable ConversionState state,
    @Nullable Stage stage,
    @Nullable String repository,
    @Nullable Sha256Digest digest,
    @Nullable String request,
    @Nullable String batch) {
  public static final ConversionFilter ANY =
      new ConversionFilter(null, null, null, null, null, null);

  /** Each half by its own index: no database joins two for an OR that also wants an order. */
  private static final String DIGEST =
      """
      id IN (SELECT id FROM conversion WHERE digest = :digest
        UNION SELECT id FROM conversion WHERE manifest_digest = :digest)
      """;

  /** What rows of {@code conversion} must fulfil, its parameters named as the members. */
  String condition() {
    return Stream.of(
            "shown",
            state == null ? null : "state = :state",
            stage == null ? null : "stage = :stage",
            repository == null || isPattern() ? null : "repository = :repository",
            digest == null ? null : DIGEST,
            request == null ? null : "request_id = :request",
            batch == null ? null : "batch_id = :batch")
        .filter(Objects::nonNull)
        .collect(Collectors.joining(" AND "));
  }

  /** Whether several repositories may match; {@link #condition} is silent about that. */
  boolean isPattern() {
    return repository != null && LikePattern.isPattern(repository);
  }

  /** Newest first, as the index has it that finds what is asked for. */
  String order() {
    if (repository != null && !isPattern()) {
      return "shown, repository, queued_at DESC, id";
    }
    if (batch != null) {
      return state == null
          ? "shown, batch_id, queued_at DESC, id"
          : "shown, batch_id, state, queued_at DESC, id";
    }
    if (stage != null && (state == null || state == BUILT || state == REMOVED)) {
      return "shown, stage, queued_at DESC, id";
    }
    return state == null ? "shown, queued_at DESC, id" : "shown, state, queued_at DESC, id";
  }

  /** {@code repository} in SQL's form. */
  public @Nullable String like() {
    return repository == null ? null : LikePattern.of(repository);
  }
}
