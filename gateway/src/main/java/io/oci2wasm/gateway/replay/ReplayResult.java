package io.oci2wasm.gateway.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.letter.Letter;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of replaying one letter.
 *
 * @param stage where it failed
 * @param image absent if it is about none
 * @param message why it was refused
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReplayResult(
    String id,
    What result,
    Stage stage,
    Reason reason,
    @Nullable ImageReference image,
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
    return of(letter, result, letter.replayedAt(), null);
  }

  static ReplayResult replayed(Letter letter, Instant at) {
    return of(letter, What.REPLAYED, at, null);
  }

  static ReplayResult refused(Letter letter, String why) {
    return of(letter, What.REFUSED, null, why);
  }

  private static ReplayResult of(
      Letter letter, What result, @Nullable Instant replayedAt, @Nullable String message) {
    return new ReplayResult(
        letter.id(),
        result,
        letter.work().stage(),
        letter.failure().reason(),
        letter.work().image(),
        letter.work().requestId(),
        replayedAt,
        message);
  }
}
