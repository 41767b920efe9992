package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Loop;
import io.oci2wasm.runtime.event.EventCodec;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one record at a time from a share group. The work runs on another thread, because the
 * record's {@link RecordLock} has to be kept from the consumer's own. A slot whose lock is lost,
 * and one whose round fails, leaves the group and joins it anew for its next record: so it never
 * holds what it does not know of.
 */
final class WorkerSlot<E extends PipelineEvent> {
  private static final Logger LOGGER = LoggerFactory.getLogger(WorkerSlot.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration TICK = Duration.ofMillis(250);
  private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(5);

  private final Supplier<ShareConsumer<byte[], byte[]>> group;
  private final ExecutorService tasks;
  private final TaskRules<E> rules;
  private final Class<E> eventType;
  private final Lane lane;
  private final LaneGate gate;
  private final Duration lockDuration;
  private final Loop loop;
  private @Nullable ShareConsumer<byte[], byte[]> member;

  /** When the member was last seen to hold nothing. */
  private long idleSince;

  private @Nullable Throwable crash;
  private volatile boolean abandoning;

  /**
   * A slot that has not begun.
   *
   * @param group joins the group
   */
  WorkerSlot(
      String name,
      Supplier<ShareConsumer<byte[], byte[]>> group,
      ExecutorService tasks,
      TaskRules<E> rules,
      Class<E> eventType,
      Lane lane,
      LaneGate gate,
      Duration lockDuration,
      ThreadFactory threads) {
    this.group = group;
    this.tasks = tasks;
    this.rules = rules;
    this.eventType = eventType;
    this.lane = lane;
    this.gate = gate;
    this.lockDuration = lockDuration;
    this.loop = new Loop(name, this::round, failure -> leave(), this::leave, threads);
  }

  /** Stopped, it takes no more records; the one in hand is finished. */
  Loop loop() {
    return loop;
  }

  /** Gives the record in hand back, for another worker. */
  void abandon() {
    abandoning = true;
  }

  private void round() throws InterruptedException {
    if (!rules.processHealth().isSound()) {
      throw new IllegalStateException("this process is broken: restart it");
    }
    if (!gate.awaitTurn(lane, POLL.toMillis())) {
      return;
    }
    ConsumerRecord<byte[], byte[]> taken = take();
    if (taken == null) {
      idleSince = System.nanoTime();
      return;
    }
    gate.enter(lane);
    try {
      work(taken);
    } finally {
      gate.leave(lane);
    }
  }

  private ShareConsumer<byte[], byte[]> member() {
    ShareConsumer<byte[], byte[]> joined = member;
    if (joined == null) {
      idleSince = System.nanoTime();
      joined = group.get();
      member = joined;
    }
    return joined;
  }

  /** What is not acknowledged becomes free for others at once. */
  private void leave() {
    ShareConsumer<byte[], byte[]> leaving = member;
    member = null;
    if (leaving != null) {
      leaving.close(LEAVE_TIMEOUT);
    }
  }

  /** The group is asked for one record at a time: never more than one comes. */
  private @Nullable ConsumerRecord<byte[], byte[]> take() {
    for (ConsumerRecord<byte[], byte[]> record : member().poll(POLL)) {
      if (!loop.isStopping()) {
        return record;
      }
      lock(record).end(AcknowledgeType.RELEASE);
    }
    return null;
  }

  /**
   * The client may ask for a record before it is polled for it. So the lock may be as old as the
   * work on the record before.
   */
  private RecordLock lock(ConsumerRecord<byte[], byte[]> record) {
    RecordLock lock = new RecordLock(member(), record, lockDuration, idleSince);
    idleSince = System.nanoTime();
    return lock;
  }

  private void work(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
    RecordLock lock = lock(record);
    if (!lock.keep()) {
      leave();
      return;
    }
    Delivery delivery = Delivery.of(record);
    if (delivery.count() - delivery.mark().crashes() > 1) {
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
      hold(lock, delivery, running);
    } finally {
      running.cancel(true);
    }
  }

  private Job job(ConsumerRecord<byte[], byte[]> record, Delivery delivery) {
    try {
      return new Task<>(rules, eventType.cast(EventCodec.decode(record).event()), delivery);
    } catch (UndecodableEventException e) {
      return new DeadLetterJob(rules, delivery, e.reason(), String.valueOf(e.getMessage()));
    } catch (ClassCastException e) {
      return new DeadLetterJob(
          rules, delivery, Reason.UNREADABLE, "found an event of another type: " + e.getMessage());
    }
  }

  /** Returns when the work has ended, whether the lock lasted so long or not. */
  private void hold(RecordLock lock, Delivery delivery, Future<?> running)
      throws InterruptedException {
    AcknowledgeType verdict = verdict(lock, delivery, running);
    while (verdict == null) {
      loop.signOfLife();
      if (!lock.keep()) {
        leave();
      }
      verdict = abandoning ? givenBack(lock, delivery, running) : verdict(lock, delivery, running);
    }
    lock.end(verdict);
    Throwable cause = crash;
    crash = null;
    if (cause != null) {
      // The pause that follows lets others have the event first.
      throw new IllegalStateException("a task crashed; its event was given back", cause);
    }
  }

  private @Nullable AcknowledgeType verdict(RecordLock lock, Delivery delivery, Future<?> running)
      throws InterruptedException {
    try {
      running.get(TICK.toMillis(), TimeUnit.MILLISECONDS);
      return AcknowledgeType.ACCEPT;
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      crash = e.getCause();
      rules.processHealth().met(crash);
      // An error may be the event's doing: the delivery limit ends what crashes every worker.
      return crash instanceof Error ? AcknowledgeType.RELEASE : uncounted(lock, delivery);
    }
  }

  private AcknowledgeType givenBack(RecordLock lock, Delivery delivery, Future<?> running)
      throws InterruptedException {
    if (running.isDone()) {
      AcknowledgeType verdict = verdict(lock, delivery, running);
      return verdict == null ? AcknowledgeType.RELEASE : verdict;
    }
    running.cancel(true);
    return uncounted(lock, delivery);
  }

  /**
   * A released record counts as given out once more. One that would be taken for poison because of
   * it goes through the retry topic instead.
   */
  private AcknowledgeType uncounted(RecordLock lock, Delivery delivery) {
    if (!lock.isHeld() || delivery.count() + 1 < rules.deliveryLimit()) {
      return AcknowledgeType.RELEASE;
    }
    try {
      rules
          .publisher()
          .forward(List.of(Retries.uncounted(rules, delivery, rules.clock().instant())));
      return AcknowledgeType.ACCEPT;
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("An event could not be postponed; it is released");
      return AcknowledgeType.RELEASE;
    }
  }
}
