package io.oci2wasm.gateway.state.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchRequested;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.mapper.reflect.JdbiConstructor;
import org.jspecify.annotations.Nullable;

/**
 * What the events of a batch say of it as a whole. Every member is a function of the set of events,
 * so neither order nor repetition matters.
 *
 * @param requested null until its event is read
 * @param listedEntries how many images listing counted
 * @param pausedAt last
 * @param resumedAt last
 * @param entries how many of its images are known
 */
public record BatchFacts(
    String id,
    @Nullable BatchRequested requested,
    @Nullable Instant listedAt,
    @Nullable Integer listedEntries,
    @Nullable Instant failedAt,
    @Nullable String message,
    @Nullable Instant pausedAt,
    @Nullable Instant resumedAt,
    @Nullable Instant cancelledAt,
    int entries) {
  /** A row of the table {@code batch}. */
  static final RowMapper<BatchFacts> ROW = ConstructorMapper.of(BatchFacts.class);

  /** As columns have it, where {@code requested} is JSON. */
  @JdbiConstructor
  public static BatchFacts ofRow(
      String id,
      @Nullable String requested,
      @Nullable Instant listedAt,
      @Nullable Integer listedEntries,
      @Nullable Instant failedAt,
      @Nullable String message,
      @Nullable Instant pausedAt,
      @Nullable Instant resumedAt,
      @Nullable Instant cancelledAt,
      int entries) {
    return new BatchFacts(
        id,
        requested == null ? null : requested(id, requested),
        listedAt,
        listedEntries,
        failedAt,
        message,
        pausedAt,
        resumedAt,
        cancelledAt,
        entries);
  }

  private static BatchRequested requested(String id, String json) {
    try {
      return Json.MAPPER.readValue(json, BatchRequested.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("batch " + id + ": found no event that asks for it", e);
    }
  }

  static BatchFacts unknown(String id) {
    return new BatchFacts(id, null, null, null, null, null, null, null, null, 0);
  }

  BatchFacts with(BatchRequested event) {
    return new BatchFacts(
        id,
        requested == null ? event : requested,
        listedAt,
        listedEntries,
        failedAt,
        message,
        pausedAt,
        resumedAt,
        cancelledAt,
        entries);
  }

  BatchFacts withEntries(int more) {
    return new BatchFacts(
        id,
        requested,
        listedAt,
        listedEntries,
        failedAt,
        message,
        pausedAt,
        resumedAt,
        cancelledAt,
        entries + more);
  }

  BatchFacts with(BatchChanged event) {
    Instant at = event.changedAt().truncatedTo(ChronoUnit.MICROS);
    boolean failsFirst =
        event.change() == BatchChanged.Change.FAILED && (failedAt == null || at.isBefore(failedAt));
    return new BatchFacts(
        id,
        requested,
        event.change() == BatchChanged.Change.LISTED ? earlier(listedAt, at) : listedAt,
        event.change() == BatchChanged.Change.LISTED
            ? larger(listedEntries, event.entries())
            : listedEntries,
        failsFirst ? at : failedAt,
        failsFirst ? text(event.message()) : message,
        event.change() == BatchChanged.Change.PAUSED ? later(pausedAt, at) : pausedAt,
        event.change() == BatchChanged.Change.RESUMED ? later(resumedAt, at) : resumedAt,
        event.change() == BatchChanged.Change.CANCELLED ? earlier(cancelledAt, at) : cancelledAt,
        entries);
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
    return pausedAt != null && (resumedAt == null || resumedAt.isBefore(pausedAt));
  }

  /** Listing is over, and every image that it counted is known. */
  boolean isListed() {
    return failedAt != null
        || (listedAt != null && (listedEntries == null || listedEntries <= entries));
  }

  BatchState state(BatchImages images) {
    if (cancelledAt != null) {
      return BatchState.CANCELLED;
    }
    if (isListed() && images.open() == 0) {
      return failedAt == null ? BatchState.DONE : BatchState.FAILED;
    }
    if (isPaused()) {
      return BatchState.PAUSED;
    }
    return isListed() ? BatchState.RUNNING : BatchState.LISTING;
  }
}
