package io.oci2wasm.gateway.state.summary;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.mapper.reflect.ColumnName;

/**
 * Counts of everything (docs/FORMATS.md, "Event stream").
 *
 * @param open conversions that have not ended, by state, stage and lane
 * @param ended conversions that ended in the last half hour, by minute and state
 * @param failures conversions that failed in the last day, most frequent reason first
 * @param deadLetters that are open
 */
public record Summary(
    Instant at, List<Open> open, List<Minute> ended, List<Failures> failures, long deadLetters) {
  public Summary {
    open = List.copyOf(open);
    ended = List.copyOf(ended);
    failures = List.copyOf(failures);
  }

  /** How many are in a state; of those that are queued {@code stage} is what they wait for. */
  public record Open(
      ConversionState state, Stage stage, Lane lane, @ColumnName("number") long count) {}

  /** How many ended within the minute that begins at {@code minute}. */
  public record Minute(
      @ColumnName("at") Instant minute, ConversionState state, @ColumnName("number") long count) {}

  /** How many failed so. */
  public record Failures(Reason reason, @ColumnName("number") long count) {}
}
