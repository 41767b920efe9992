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
 * Replays records of a later version as soon as this gateway's version reads them. While versions
 * run side by side, an earlier one cannot read what a later one writes. The database gets such
 * records at once. Workers get them again and again, after ever longer pauses, because some may
 * still be of the earlier version.
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
            .log("A record that an earlier version could not read can be read now");
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
