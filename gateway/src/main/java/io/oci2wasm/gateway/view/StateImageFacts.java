package io.oci2wasm.gateway.view;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.gateway.retention.Deletions;
import io.oci2wasm.gateway.retention.ImageFacts;
import io.oci2wasm.gateway.retention.KnownBundle;
import io.oci2wasm.gateway.retention.KnownImage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.HandleCallback;
import org.jspecify.annotations.Nullable;

/** What retention asks of the database. */
public final class StateImageFacts implements ImageFacts {
  private static final String IMAGES =
      "SELECT r.registry, r.repository, r.digest, MAX(r.queued_at) AS asked,"
          + " MAX(r.updated_at) AS used, MAX(CASE WHEN r.ended THEN 0 ELSE 1 END) AS open_requests,"
          + " MAX(f.failed_at) AS failed FROM request r LEFT JOIN"
          + " (SELECT request_id, MAX(updated_at) AS failed_at FROM conversion"
          + " WHERE state = 'failed' GROUP BY request_id) f ON f.request_id = r.id"
          + " WHERE r.updated_at >= :since GROUP BY r.registry, r.repository, r.digest";
  private static final String BUNDLES =
      "SELECT conversion_id, manifest_digest, registry, repository, MAX(updated_at) AS announced"
          + " FROM conversion WHERE conversion_id IS NOT NULL AND manifest_digest IS NOT NULL"
          + " GROUP BY conversion_id, manifest_digest, registry, repository";

  private final StateDatabase database;
  private final Deletions deletions;
  private final Runnable caughtUp;

  /**
   * Facts from {@code database} and {@code deletions}.
   *
   * @param caughtUp throws {@link IllegalStateException} while their topics have not been read
   */
  public StateImageFacts(StateDatabase database, Deletions deletions, Runnable caughtUp) {
    this.database = database;
    this.deletions = deletions;
    this.caughtUp = caughtUp;
  }

  @Override
  public void requireCurrent() throws UnavailableException {
    try {
      caughtUp.run();
    } catch (IllegalStateException e) {
      throw new UnavailableException(
          "retention: found what is known of images out of date ("
              + e.getMessage()
              + "), expected it current; try again",
          e);
    }
  }

  @Override
  public List<KnownImage> images() throws UnavailableException {
    return imagesSince(Instant.EPOCH);
  }

  @Override
  public List<KnownImage> imagesSince(Instant time) throws UnavailableException {
    return read(
        handle ->
            handle
                .createQuery(IMAGES)
                .bind("since", time)
                .map((row, context) -> image(row))
                .list());
  }

  private static KnownImage image(ResultSet row) throws SQLException {
    return new KnownImage(
        row.getString("registry"),
        row.getString("repository"),
        digest(row.getString("digest")),
        StateRows.time(row, "asked"),
        StateRows.time(row, "used"),
        row.getInt("open_requests") > 0,
        row.getObject("failed") == null ? null : StateRows.time(row, "failed"));
  }

  private static @Nullable Sha256Digest digest(@Nullable String text) {
    return text == null ? null : Sha256Digest.parse(text);
  }

  @Override
  public List<KnownBundle> bundles() throws UnavailableException {
    return read(
        handle ->
            handle
                .createQuery(BUNDLES)
                .map(
                    (row, context) ->
                        new KnownBundle(
                            row.getString("conversion_id"),
                            Sha256Digest.parse(row.getString("manifest_digest")),
                            row.getString("registry"),
                            row.getString("repository"),
                            StateRows.time(row, "announced")))
                .list());
  }

  @Override
  public List<ImageDeleted> deletions() {
    return deletions.all();
  }

  private <T> T read(HandleCallback<T, RuntimeException> action) throws UnavailableException {
    return database.inTransaction("reading what retention needs", action::withHandle);
  }
}
