package io.oci2wasm.runtime.work;

import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Loop;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a stage on both lanes. Each lane has its own slots, and bulk slots start nothing while the
 * process works on pushes.
 */
public final class ShareWorker implements Worker {
  private static final Logger LOGGER = LoggerFactory.getLogger(ShareWorker.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(4);

  private final List<WorkerSlot<?>> slots = new ArrayList<>();
  private final List<Loop> loops = new ArrayList<>();
  private final ProcessHealth processHealth = new ProcessHealth();
  private final HeldWork held;
  private final Presence presence;
  private final Drain drain;
  private final Map<Lane, ExecutorService> tasks = new EnumMap<>(Lane.class);

  private ShareWorker(HeldWork held, Presence presence, Duration drain) {
    this.held = held;
    this.presence = presence;
    this.drain = new Drain(drain);
  }

  /**
   * What a stage takes its work with.
   *
   * @param gate the process's own, shared by its stages
   * @param suspects the process's own too
   */
  public record Wiring(
      KafkaConfig kafka,
      WorkerConfig config,
      RecordPublisher publisher,
      MeterRegistry metrics,
      LaneGate gate,
      Suspects suspects,
      Clock clock) {
    /** The same for a stage that works otherwise. */
    public Wiring with(WorkerConfig config) {
      return new Wiring(kafka, config, publisher, metrics, gate, suspects, clock);
    }
  }

  /** Starts {@code handler} on the events of {@code workType}, one of {@link Topics#LANED}. */
  public static <E extends PipelineEvent> ShareWorker start(
      Stage stage, String workType, Class<E> eventType, EventHandler<E> handler, Wiring wiring) {
    ShareWorker worker =
        new ShareWorker(
            HeldWork.start(stage, wiring.publisher(), wiring.clock()),
            Presence.start(
                stage,
                wiring.config().concurrency(),
                handler.engines(),
                handler::registries,
                wiring.publisher(),
                wiring.clock()),
            wiring.config().drain());
    worker.loops.add(
        RetryScheduler.open(
                stage,
                workType,
                wiring.kafka(),
                wiring.publisher(),
                wiring.metrics(),
                wiring.clock())
            .loop());
    RetryPolicy retries = new RetryPolicy(wiring.config(), RandomGenerator.getDefault());
    for (Lane lane : Lane.values()) {
      ExecutorService tasks = Executors.newCachedThreadPool(task -> thread(task, lane));
      worker.tasks.put(lane, tasks);
      TaskRules<E> rules =
          new TaskRules<>(
              stage,
              workType,
              handler,
              wiring.publisher(),
              wiring.config(),
              retries,
              wiring.kafka().deliveryLimit(),
              new TaskMetrics(wiring.metrics(), stage, lane, worker.held),
              worker.presence,
              new DeadLetters(stage, lane, wiring.clock()),
              worker.processHealth,
              wiring.suspects(),
              wiring.clock());
      for (int i = 0; i < wiring.config().concurrency(); i++) {
        WorkerSlot<E> slot =
            new WorkerSlot<>(
                stage + "-" + lane + "-" + i,
                () -> member(wiring.kafka(), stage, lane, workType),
                tasks,
                rules,
                eventType,
                lane,
                wiring.gate(),
                wiring.kafka().lockDuration(),
                task -> thread(task, lane));
        worker.slots.add(slot);
        worker.loops.add(slot.loop());
      }
    }
    worker.loops.forEach(Loop::start);
    LOGGER
        .atInfo()
        .addKeyValue(LogKeys.STAGE, stage)
        .addKeyValue("slotsPerLane", wiring.config().concurrency())
        .log("Worker started");
    return worker;
  }

  /** Bulk work has what is left of the processors, where the JVM honours priorities. */
  @SuppressWarnings("ThreadPriorityCheck") // nothing is wrong without: bulk work yields less
  private static Thread thread(Runnable task, Lane lane) {
    Thread thread = new Thread(task);
    thread.setPriority(lane == Lane.BULK ? Thread.MIN_PRIORITY : Thread.NORM_PRIORITY);
    return thread;
  }

  private static ShareConsumer<byte[], byte[]> member(
      KafkaConfig kafka, Stage stage, Lane lane, String workType) {
    Map<String, Object> properties = kafka.clientProperties();
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, Topics.shareGroup(stage, lane));
    properties.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
    // Without it one poll takes ten records, whose locks all wait for the first one's work.
    properties.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    ShareConsumer<byte[], byte[]> consumer =
        new KafkaShareConsumer<>(
            properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(List.of(Topics.work(workType, lane)));
    return consumer;
  }

  @Override
  public boolean alive() {
    return processHealth.isSound() && loops.stream().allMatch(Loop::alive);
  }

  @Override
  public void stopTaking() {
    drain.begin();
    loops.forEach(Loop::stop);
  }

  @Override
  public void close() {
    stopTaking();
    if (!join(drain.rest())) {
      slots.forEach(WorkerSlot::abandon);
      join(CLOSE_TIMEOUT);
    }
    // Interrupted tasks remove what they have made so far.
    tasks.values().forEach(ExecutorService::shutdownNow);
    for (ExecutorService lane : tasks.values()) {
      if (!Threads.await(lane, CLOSE_TIMEOUT)) {
        LOGGER.atWarn().log("A task did not end when it was interrupted");
      }
    }
    held.close();
    presence.close();
  }

  private boolean join(Duration longest) {
    long end = System.nanoTime() + longest.toNanos();
    boolean all = true;
    for (Loop loop : loops) {
      all &= loop.join(Duration.ofNanos(end - System.nanoTime()));
    }
    return all;
  }
}
