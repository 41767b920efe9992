package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventCodec;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one record at a time from a share group. The work runs on another thread, because the
 * record's lock has to be renewed from the consumer's own: a consumer that has not acknowledged may
 * poll only after a RENEW, and that poll returns the same record again (KIP-932, KIP-1222).
 */
final class WorkerSlot<E extends PipelineEvent> implements Runnable {
  private static final Logger LOGGER = LoggerFactory.getLogger(WorkerSlot.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration TICK = Duration.ofMillis(250);
  private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

  private final ShareConsumer<byte[], byte[]> consumer;
  private final ExecutorService tasks;
  private final TaskRules<E> rules;
  private final Class<E> eventType;
  private final Lane lane;
  private final LaneGate gate;
  private final Duration lockDuration;
  private volatile boolean stopping;
  private volatile boolean abandoning;

  WorkerSlot(
      ShareConsumer<byte[], byte[]> consumer,
      ExecutorService tasks,
      TaskRules<E> rules,
      Class<E> eventType,
      Lane lane,
      LaneGate gate,
      Duration lockDuration) {
    this.consumer = consumer;
    this.tasks = tasks;
    this.rules = rules;
    this.eventType = eventType;
    this.lane = lane;
    this.gate = gate;
    this.lockDuration = lockDuration;
  }

  /** Takes no more records; the one in hand is finished. */
  void stop() {
    stopping = true;
  }

  /** Gives the record in hand back, for another worker. */
  void abandon() {
    abandoning = true;
  }

  @Override
  public void run() {
    try (consumer) {
      while (!stopping) {
        if (gate.awaitTurn(lane, POLL.toMillis())) {
          pollOnce();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pollOnce() throws InterruptedException {
    try {
      ConsumerRecord<byte[], byte[]> taken = null;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (taken == null) {
          taken = record;
        } else {
          consumer.acknowledge(record, AcknowledgeType.RELEASE);
        }
      }
      if (taken != null && stopping) {
        acknowledge(taken, AcknowledgeType.RELEASE);
      } else if (taken != null) {
        gate.enter(lane);
        try {
          work(taken);
        } finally {
          gate.leave(lane);
        }
      }
    } catch (KafkaException | IllegalStateException e) {
      LOGGER
          .atWarn()
          .setCause(LOGGER.isDebugEnabled() ? e : null)
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.LANE, lane)
          .addKeyValue(LogKeys.ERROR, e.toString())
          .log("Cannot take work from Kafka; trying again");
      Thread.sleep(PAUSE_AFTER_ERROR.toMillis());
    }
  }

  private void work(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
    Delivery delivery = Delivery.of(record);
    if (delivery.count() > 1) {
      rules.metrics().redelivered();
    }
    Job job = job(record, delivery);
    Future<?> running =
        tasks.submit(
            () -> {
              job.run();
              return null;
            });
    try {
      hold(record, delivery, running);
    } finally {
      running.cancel(true);
    }
  }

  private Job job(ConsumerRecord<byte[], byte[]> record, Delivery delivery) {
    try {
      return new Task<>(rules, eventType.cast(EventCodec.decode(record).event()), delivery);
    } catch (UndecodableEventException e) {
      return new SettingAside(rules, delivery, e.reason(), String.valueOf(e.getMessage()));
    }
  }

  private void hold(ConsumerRecord<byte[], byte[]> record, Delivery delivery, Future<?> running)
      throws InterruptedException {
    ConsumerRecord<byte[], byte[]> held = record;
    long renewAfter = lockDuration.toNanos() / 3;
    long renewed = System.nanoTime();
    while (true) {
      AcknowledgeType verdict = abandoning ? givenBack(delivery, running) : verdict(running);
      if (verdict != null) {
        if (held != null) {
          acknowledge(held, verdict);
        }
        return;
      }
      if (held != null && System.nanoTime() - renewed > renewAfter) {
        held = renew(held);
        renewed = System.nanoTime();
      }
    }
  }

  private @Nullable AcknowledgeType verdict(Future<?> running) throws InterruptedException {
    try {
      running.get(TICK.toMillis(), TimeUnit.MILLISECONDS);
      return AcknowledgeType.ACCEPT;
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      // Errors such as a full heap: another worker may have more luck, and the delivery limit
      // ends what crashes all of them.
      LOGGER
          .atError()
          .setCause(e.getCause())
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.LANE, lane)
          .log("A task crashed; its event is given back");
      return AcknowledgeType.RELEASE;
    }
  }

  /**
   * A released record counts as given out once more. One that would be taken for poison because of
   * it goes through the retry topic instead: to stop is no crash.
   */
  private AcknowledgeType givenBack(Delivery delivery, Future<?> running)
      throws InterruptedException {
    if (running.isDone()) {
      AcknowledgeType verdict = verdict(running);
      return verdict == null ? AcknowledgeType.RELEASE : verdict;
    }
    running.cancel(true);
    if (delivery.count() + 1 < rules.deliveryLimit()) {
      return AcknowledgeType.RELEASE;
    }
    RetryMark now =
        new RetryMark(
            delivery.mark().attempt(), delivery.mark().firstFailed(), rules.clock().instant());
    try {
      rules.publisher().forward(List.of(Retries.record(rules.workType(), delivery.record(), now)));
      return AcknowledgeType.ACCEPT;
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("An event could not be put off; it is released");
      return AcknowledgeType.RELEASE;
    }
  }

  /**
   * Null if the lock was lost: the work goes on, it is idempotent, but another may do it too. The
   * renewal is committed before the poll that gives the record back: a poll that had to send it
   * would ask for another record as well, and each record given back counts as tried.
   */
  private @Nullable ConsumerRecord<byte[], byte[]> renew(ConsumerRecord<byte[], byte[]> held) {
    acknowledge(held, AcknowledgeType.RENEW);
    long end = System.nanoTime() + lockDuration.toNanos();
    do {
      ConsumerRecord<byte[], byte[]> same = null;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (isSame(record, held)) {
          same = record;
        } else {
          consumer.acknowledge(record, AcknowledgeType.RELEASE);
        }
      }
      if (same != null) {
        return same;
      }
    } while (System.nanoTime() < end);
    LOGGER
        .atWarn()
        .addKeyValue(LogKeys.TOPIC, held.topic())
        .addKeyValue(LogKeys.OFFSET, held.offset())
        .log("The lock on a record was lost");
    return null;
  }

  private static boolean isSame(ConsumerRecord<?, ?> one, ConsumerRecord<?, ?> other) {
    return one.offset() == other.offset()
        && one.partition() == other.partition()
        && one.topic().equals(other.topic());
  }

  private void acknowledge(ConsumerRecord<byte[], byte[]> record, AcknowledgeType verdict) {
    consumer.acknowledge(record, verdict);
    consumer
        .commitSync()
        .forEach(
            (partition, error) ->
                error.ifPresent(
                    e ->
                        LOGGER
                            .atWarn()
                            .addKeyValue(LogKeys.TOPIC, partition.topic())
                            .addKeyValue(LogKeys.ERROR, e.toString())
                            .log("An acknowledgement was refused; the event will come again")));
  }
}
