package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.database.LikePattern;
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
       AND id IN (SELECT id FROM conversion WHERE digest = :digest
        UNION SELECT id FROM conversion WHERE manifest_digest = :digest)
      """;

  private static final String BATCH =
      " AND request_id IN (SELECT request_id FROM batch_entry WHERE batch_id = :batch)";

  /** What rows of {@code conversion} must fulfil, its parameters named as the members. */
  String condition() {
    return "shown"
        + (state == null ? "" : " AND state = :state")
        + (stage == null ? "" : " AND stage = :stage")
        + (repository == null
            ? ""
            : isPattern()
                ? " AND repository LIKE :like ESCAPE '!'"
                : " AND repository = :repository")
        + (digest == null ? "" : DIGEST)
        + (request == null ? "" : " AND request_id = :request")
        + (batch == null ? "" : BATCH);
  }

  /** A name alone is found by its index. */
  private boolean isPattern() {
    return repository != null && (repository.contains("*") || repository.contains("?"));
  }

  /** {@code repository} in SQL's form. */
  public @Nullable String like() {
    return repository == null ? null : LikePattern.of(repository);
  }
}
