package io.oci2wasm.gateway.replay;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.projection.LetterRetry;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * While versions run side by side, an earlier one sets aside what only a later one reads. This
 * gives it back as soon as this gateway's version reads it: to the database at once, to workers
 * again and again, in ever longer pauses, because some of them may be of the earlier version still.
 */
public final class NewerVersions implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(NewerVersions.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final LetterRetry records;
  private final Replayer replayer;
  private final ScheduledExecutorService schedule =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "newer-versions"));

  private NewerVersions(LetterRetry records, Replayer replayer) {
    this.records = records;
    this.replayer = replayer;
  }

  /** Looks now and then every few seconds. */
  public static NewerVersions start(LetterRetry records, Replayer replayer) {
    NewerVersions versions = new NewerVersions(records, replayer);
    var unused =
        versions.schedule.scheduleWithFixedDelay(
            Threads.round("newer-versions", versions::look),
            0,
            EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
    return versions;
  }

  private void look() {
    try {
      int taken = records.takeAgain();
      int replayed = replayer.replayNewer();
      if (taken + replayed > 0) {
        LOGGER
            .atInfo()
            .addKeyValue("taken", taken)
            .addKeyValue("replayed", replayed)
            .log("What an earlier version set aside can be read now");
      }
    } catch (UnavailableException | RuntimeException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, e.toString())
          .log("Cannot look at what an earlier version set aside; trying again");
    }
  }

  @Override
  public void close() {
    Threads.stop(schedule);
  }
}
