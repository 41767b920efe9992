package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchRequested;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/**
 * What the events of a batch say of it as a whole: a row of the table {@code batch}. Every member
 * is a function of the set of events, so neither order nor repetition matters.
 *
 * @param requested null until its event is read
 * @param entries how many of its images are known
 */
public record BatchFacts(
    String id, @Nullable BatchRequested requested, @Nested Changes changes, int entries) {
  static final RowMapper<BatchFacts> ROW = ConstructorMapper.of(BatchFacts.class);

  static BatchFacts unknown(String id) {
    return new BatchFacts(id, null, Changes.NONE, 0);
  }

  BatchFacts with(BatchRequested event) {
    return new BatchFacts(id, requested == null ? event : requested, changes, entries);
  }

  BatchFacts withEntries(int more) {
    return new BatchFacts(id, requested, changes, entries + more);
  }

  BatchFacts with(BatchChanged event) {
    return new BatchFacts(id, requested, changes.with(event), entries);
  }

  /**
   * What its changes say.
   *
   * @param listedEntries how many images listing counted
   * @param message why listing failed
   * @param pausedAt last
   * @param resumedAt last
   */
  public record Changes(
      @Nullable Instant listedAt,
      @Nullable Integer listedEntries,
      @Nullable Instant failedAt,
      @Nullable String message,
      @Nullable Instant pausedAt,
      @Nullable Instant resumedAt,
      @Nullable Instant cancelledAt) {
    private static final Changes NONE = new Changes(null, null, null, null, null, null, null);

    private Changes with(BatchChanged event) {
      BatchChanged.Change change = event.change();
      Instant at = event.changedAt().truncatedTo(ChronoUnit.MICROS);
      boolean listed = change == BatchChanged.Change.LISTED;
      boolean failsFirst =
          change == BatchChanged.Change.FAILED && (failedAt == null || at.isBefore(failedAt));
      return new Changes(
          listed ? earlier(listedAt, at) : listedAt,
          listed ? larger(listedEntries, event.entries()) : listedEntries,
          failsFirst ? at : failedAt,
          failsFirst ? text(event.message()) : message,
          change == BatchChanged.Change.PAUSED ? later(pausedAt, at) : pausedAt,
          change == BatchChanged.Change.RESUMED ? later(resumedAt, at) : resumedAt,
          change == BatchChanged.Change.CANCELLED ? earlier(cancelledAt, at) : cancelledAt);
    }
  }

  /** PostgreSQL refuses NUL in text. */
  private static @Nullable String text(@Nullable String message) {
    return message == null ? null : message.replace('\0', '\uFFFD');
  }

  private static Instant earlier(@Nullable Instant known, Instant other) {
    return known == null || other.isBefore(known) ? other : known;
  }

  private static Instant later(@Nullable Instant known, Instant other) {
    return known == null || other.isAfter(known) ? other : known;
  }

  private static @Nullable Integer larger(@Nullable Integer known, @Nullable Integer other) {
    if (known == null || other == null) {
      return known == null ? other : known;
    }
    return Math.max(known, other);
  }

  boolean isPaused() {
    Instant pausedAt = changes.pausedAt;
    return pausedAt != null && (changes.resumedAt == null || changes.resumedAt.isBefore(pausedAt));
  }

  /** Nobody has said yet that its images are all known. */
  boolean isListing() {
    return changes.listedAt == null && changes.failedAt == null;
  }

  /** Listing is over, and every image that it counted is known. */
  boolean isListed() {
    return changes.failedAt != null
        || (changes.listedAt != null
            && (changes.listedEntries == null || changes.listedEntries <= entries));
  }

  BatchState state(BatchImages images) {
    if (changes.cancelledAt != null) {
      return BatchState.CANCELLED;
    }
    if (isListed() && images.open() == 0) {
      return changes.failedAt == null ? BatchState.DONE : BatchState.FAILED;
    }
    if (isPaused()) {
      return BatchState.PAUSED;
    }
    return isListed() ? BatchState.RUNNING : BatchState.LISTING;
  }
}
