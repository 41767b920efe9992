package io.oci2wasm.runtime.work;

import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Loop;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.Consumers;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.TopicRecord;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on the few, long events of one topic that belong to no request, in an ordinary consumer
 * group. Some events at a time run on threads of their own while this one goes on polling, with its
 * partitions paused when no more are wanted. An event's offset is committed when it and all before
 * it have ended, so that a crash repeats some: what handlers do must be repeatable.
 */
public final class GroupWorker<T extends TopicEvent> implements Worker {
  private static final Logger LOGGER = LoggerFactory.getLogger(GroupWorker.class);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(4);

  /** What is unavailable is waited for: so one event must not keep all others waiting. */
  private static final int AT_A_TIME = 4;

  private final Topic<T> topic;
  private final Consumer<byte[], byte[]> consumer;
  private final GroupTask.Rules<T> rules;
  private final Drain drain;
  private final ExecutorService tasks = Executors.newCachedThreadPool();
  private final Map<TopicPartition, TreeMap<Long, Future<?>>> begun = new HashMap<>();
  private final Loop loop;

  private GroupWorker(
      Topic<T> topic, Consumer<byte[], byte[]> consumer, GroupTask.Rules<T> rules, Duration drain) {
    this.topic = topic;
    this.consumer = consumer;
    this.rules = rules;
    this.drain = new Drain(drain);
    this.loop = new Loop(topic.group(), this::round, this::end);
  }

  /** Where events come from. */
  public record Topic<T extends TopicEvent>(String name, Class<T> eventType, String group) {}

  /**
   * Starts {@code handler} on the events of {@code topic}.
   *
   * @param config how long is waited between tries, and for events that have begun at the end
   */
  public static <T extends TopicEvent> GroupWorker<T> start(
      Topic<T> topic,
      GroupHandler<T> handler,
      KafkaConfig kafka,
      WorkerConfig config,
      Clock clock) {
    Map<String, Object> properties = kafka.groupProperties(topic.group());
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    // The usual assignor takes all partitions away for a moment whenever a worker comes or goes.
    properties.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        List.of(CooperativeStickyAssignor.class.getName()));
    GroupWorker<T> worker =
        new GroupWorker<>(
            topic,
            Consumers.open(properties),
            new GroupTask.Rules<>(
                topic.group(),
                handler,
                new RetryPolicy(config, RandomGenerator.getDefault()),
                config.retryFirst(),
                clock),
            config.drain());
    worker.consumer.subscribe(List.of(topic.name()), worker.new RebalanceListener());
    worker.loop.start();
    return worker;
  }

  @Override
  public boolean alive() {
    return loop.alive();
  }

  @Override
  public void stopTaking() {
    drain.begin();
  }

  private void end() {
    tasks.shutdownNow();
    consumer.close();
  }

  private void round() throws InterruptedException {
    if (drain.hasBegun() && (!isBusy() || drain.rest().isZero())) {
      loop.stop();
      return;
    }
    if (wantsNoMore()) {
      consumer.pause(consumer.assignment());
    } else {
      consumer.resume(consumer.paused());
    }
    Polled.handOver(
        consumer,
        consumer.poll(POLL),
        records -> {
          if (!drain.hasBegun()) {
            records.forEach(this::begin);
          }
          return true;
        });
    commit();
  }

  private void begin(ConsumerRecord<byte[], byte[]> record) {
    TreeMap<Long, Future<?>> offsets =
        begun.computeIfAbsent(
            new TopicPartition(record.topic(), record.partition()), one -> new TreeMap<>());
    if (!offsets.containsKey(record.offset())) {
      offsets.put(
          record.offset(), tasks.submit(GroupTask.of(new TopicRecord(record), topic, rules)));
    }
  }

  private boolean wantsNoMore() {
    long unfinished =
        begun.values().stream()
            .flatMap(offsets -> offsets.values().stream())
            .filter(task -> !task.isDone())
            .count();
    return drain.hasBegun() || unfinished >= AT_A_TIME;
  }

  private boolean isBusy() {
    return begun.values().stream().anyMatch(offsets -> !offsets.isEmpty());
  }

  private void commit() {
    Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
    begun.forEach(
        (partition, offsets) -> {
          while (!offsets.isEmpty() && offsets.firstEntry().getValue().isDone()) {
            long done = offsets.pollFirstEntry().getKey();
            positions.put(partition, new OffsetAndMetadata(done + 1));
          }
        });
    if (!positions.isEmpty()) {
      consumer.commitSync(positions);
    }
  }

  @Override
  public void close() {
    stopTaking();
    boolean unused = loop.join(drain.rest().plus(CLOSE_TIMEOUT));
    if (!Threads.await(tasks, CLOSE_TIMEOUT)) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.TOPIC, topic.name())
          .log("A task did not end when it was interrupted");
    }
  }

  /** Partitions come and go as workers do; what has begun on one that went, another begins anew. */
  private final class RebalanceListener implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        TreeMap<Long, Future<?>> offsets = begun.remove(partition);
        if (offsets != null) {
          offsets.values().forEach(task -> task.cancel(true));
        }
      }
    }

    /** New partitions are not paused, and this poll may bring their records already. */
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (wantsNoMore()) {
        consumer.pause(partitions);
      }
    }
  }
}
