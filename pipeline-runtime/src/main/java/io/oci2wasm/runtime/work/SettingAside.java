package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.runtime.LogKeys;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a dead letter of a record that holds no event of ours. */
final class SettingAside implements Job {
  private static final Logger LOGGER = LoggerFactory.getLogger(SettingAside.class);

  private final TaskRules<?> rules;
  private final Delivery delivery;
  private final String why;

  SettingAside(TaskRules<?> rules, Delivery delivery, String why) {
    this.rules = rules;
    this.delivery = delivery;
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
        .log("A record holds no event of ours; it becomes a dead letter");
    DeadLetter letter = rules.letters().unreadable(delivery, why);
    Job.untilWritten(rules, publisher -> publisher.publish(List.of(letter)));
    rules.metrics().deadLettered(Reason.UNREADABLE);
  }
}
