package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.runtime.LogKeys;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a dead letter of a record that holds no event which this version knows. */
final class DeadLetterJob implements Job {
  private static final Logger LOGGER = LoggerFactory.getLogger(DeadLetterJob.class);

  private final TaskRules<?> rules;
  private final Delivery delivery;
  private final Reason reason;
  private final String why;

  DeadLetterJob(TaskRules<?> rules, Delivery delivery, Reason reason, String why) {
    this.rules = rules;
    this.delivery = delivery;
    this.reason = reason;
    this.why = why;
  }

  @Override
  public void run() throws InterruptedException {
    LOGGER
        .atError()
        .addKeyValue(LogKeys.STAGE, rules.stage())
        .addKeyValue(LogKeys.TOPIC, delivery.origin().topic())
        .addKeyValue(LogKeys.PARTITION, delivery.origin().partition())
        .addKeyValue(LogKeys.OFFSET, delivery.origin().offset())
        .addKeyValue(LogKeys.ERROR, why)
        .log("A record cannot be read; it becomes a dead letter");
    DeadLetter letter = rules.letters().unreadable(delivery, reason, why);
    Job.untilWritten(rules, publisher -> publisher.publish(List.of(letter)));
    rules.metrics().deadLettered(reason);
  }
}
