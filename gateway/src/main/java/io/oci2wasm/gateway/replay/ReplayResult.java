package io.oci2wasm.gateway.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.gateway.state.letter.Letter;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of replaying one letter.
 *
 * @param message why it was refused
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReplayResult(
    String id,
    What result,
    @Nullable String requestId,
    @Nullable Instant replayedAt,
    @Nullable String message) {
  /** Words of the API. */
  public enum What {
    REPLAYED,
    /** Nothing was done: it was before, and has not died again. */
    ALREADY_REPLAYED,
    /** Nothing was done: this was a dry run. */
    WOULD_REPLAY,
    /** It can never be. */
    REFUSED;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static ReplayResult of(Letter letter, What result) {
    return new ReplayResult(
        letter.id(), result, letter.work().requestId(), letter.replayedAt(), null);
  }

  static ReplayResult replayed(Letter letter, Instant at) {
    return new ReplayResult(letter.id(), What.REPLAYED, letter.work().requestId(), at, null);
  }

  static ReplayResult refused(Letter letter, String why) {
    return new ReplayResult(letter.id(), What.REFUSED, letter.work().requestId(), null, why);
  }
}
