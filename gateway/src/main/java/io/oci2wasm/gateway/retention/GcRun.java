package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A requested run of retention (docs/FORMATS.md, "Retention").
 *
 * @param report what it found and did; there once it is done
 * @param message why it failed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GcRun(
    String id,
    boolean dryRun,
    State state,
    Instant startedAt,
    @Nullable GcReport report,
    @Nullable String message) {
  static final String NOTHING_LOST = "what was removed stays removed, and the next run continues";

  /** How far it is. */
  public enum State {
    RUNNING,
    DONE,
    FAILED;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static GcRun begun(String id, boolean dryRun, Instant now) {
    return new GcRun(id, dryRun, State.RUNNING, now, null, null);
  }

  GcRun done(GcReport result) {
    return new GcRun(id, dryRun, State.DONE, startedAt, result, null);
  }

  /** The same, whose gateway has ended before it. */
  public GcRun orphaned() {
    return failed("its gateway stopped before it was done; " + NOTHING_LOST);
  }

  /** The same without the images that its report names. */
  GcRun withoutImages() {
    return report == null
        ? this
        : new GcRun(id, dryRun, state, startedAt, report.withoutImages(), message);
  }

  GcRun failed(String why) {
    return new GcRun(id, dryRun, State.FAILED, startedAt, null, why);
  }
}
