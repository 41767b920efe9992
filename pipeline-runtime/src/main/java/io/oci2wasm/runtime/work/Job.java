package io.oci2wasm.runtime.work;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Handles one record. When it returns, the record may be accepted. */
interface Job {
  /** Works until everything that follows from the record is in Kafka. */
  void run() throws InterruptedException;

  /** Something to be written. */
  @FunctionalInterface
  interface Write {
    void to(RecordPublisher publisher) throws UnavailableException;
  }

  /** Without its outcome in Kafka a record cannot be accepted: so this goes on for ever. */
  static void untilWritten(TaskRules<?> rules, Write write) throws InterruptedException {
    Logger logger = LoggerFactory.getLogger(Job.class);
    Duration longest = Duration.ofSeconds(30);
    Duration pause = rules.config().retryFirst();
    while (true) {
      try {
        write.to(rules.publisher());
        return;
      } catch (UnavailableException e) {
        logger
            .atWarn()
            .addKeyValue(LogKeys.STAGE, rules.stage())
            .addKeyValue(LogKeys.ERROR, e.getMessage())
            .log("Cannot write an outcome; trying again");
        Thread.sleep(pause.toMillis());
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(longest) < 0 ? doubled : longest;
      }
    }
  }
}
