package io.oci2wasm.gateway.state.conversion;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ColumnName;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/**
 * A state that a conversion has had, as the API shows it and as columns of the table {@code
 * history}.
 *
 * @param stage which it waited for, where somebody worked on it, or where it ended
 * @param attempt of that stage, from 1
 * @param deadLetterId of the dead letter whose replay set the state; empty in rows in place of null
 */
@JsonPropertyOrder({"state", "time", "stage", "attempt", "reason", "message", "deadLetterId"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HistoryEntry(
    ConversionState state,
    @ColumnName("occurred_at") Instant time,
    Stage stage,
    int attempt,
    @Nullable Reason reason,
    @Nullable String message,
    @ColumnName("dead_letter") @Nullable String deadLetterId) {
  static final RowMapper<HistoryEntry> ROW = ConstructorMapper.of(HistoryEntry.class);

  /** As a conversion goes: ends last; before them by stage and try, the wait before the work. */
  static final Comparator<HistoryEntry> ON_THE_WAY =
      Comparator.comparing(HistoryEntry::isEnd)
          .thenComparing(HistoryEntry::stage)
          .thenComparing(HistoryEntry::attempt)
          .thenComparing(HistoryEntry::state);

  /** By time; of one moment the further state is later. Equal only for equal facts. */
  static final Comparator<HistoryEntry> IN_TIME =
      Comparator.comparing(HistoryEntry::time)
          .thenComparing(ON_THE_WAY)
          .thenComparing(entry -> entry.deadLetterId == null ? "" : entry.deadLetterId);

  public HistoryEntry {
    // As databases keep it: PostgreSQL has no nanoseconds.
    time = time.truncatedTo(ChronoUnit.MICROS);
    // PostgreSQL refuses NUL in text, and messages quote whatever was found.
    message = message == null ? null : message.replace('\0', '\uFFFD');
    deadLetterId = "".equals(deadLetterId) ? null : deadLetterId;
  }

  boolean isReplay() {
    return deadLetterId != null;
  }

  /** Whether this says what {@code earlier} said: announcements may come more than once. */
  boolean repeats(HistoryEntry earlier) {
    return state == earlier.state
        && stage == earlier.stage
        && attempt == earlier.attempt
        && Objects.equals(deadLetterId, earlier.deadLetterId);
  }

  /** An end says which attempt it ends: completion events do not. */
  HistoryEntry countedAfter(List<HistoryEntry> earlier) {
    int attempts =
        earlier.stream()
            .filter(one -> one.stage == stage)
            .mapToInt(HistoryEntry::attempt)
            .reduce(attempt, Math::max);
    return isEnd()
        ? new HistoryEntry(state, time, stage, attempts, reason, message, deadLetterId)
        : this;
  }

  /** Whether somebody is at work on it. */
  boolean isWork() {
    return switch (state) {
      case INGESTING, RESOLVING, TRANSLATING, BUILDING -> true;
      case QUEUED, BUILT, REMOVED, SKIPPED, FAILED -> false;
    };
  }

  boolean isEnd() {
    return switch (state) {
      case QUEUED, INGESTING, RESOLVING, TRANSLATING, BUILDING -> false;
      case BUILT, REMOVED, SKIPPED, FAILED -> true;
    };
  }
}
