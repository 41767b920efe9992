package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads topics into a sink that remembers its position. There is no consumer group: whoever starts
 * one sees everything, once. There is no order among topics, so the sink must not need one.
 */
public final class TopicFollower implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TopicFollower.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** How soon partitions are seen that a topic gets. */
  private static final Duration LOOK_FOR_PARTITIONS = Duration.ofSeconds(30);

  /** A transaction of the sink costs the same for one record as for many. */
  private static final int RECORDS_AT_ONCE = 2000;

  /**
   * Between transactions, so that what comes meanwhile is taken together. The first never waits.
   */
  private static final Duration REST = Duration.ofMillis(100);

  /**
   * The client asks for more while it hands out what it has, and has an answer with the first
   * record that comes. What came behind that is in the next answer.
   */
  private static final Duration NEXT_ANSWER = Duration.ofMillis(10);

  private final Consumer<byte[], byte[]> consumer;
  private final String cluster;
  private final TopicSink sink;
  private final List<String> topics;
  private List<TopicPartition> partitions = List.of();
  private final Map<Partition, Long> next = new HashMap<>();
  private final Map<Partition, Long> goal = new HashMap<>();
  private final Loop loop;
  private boolean inStep = true;
  private long restedAt = System.nanoTime() - REST.toNanos();
  private volatile @Nullable String problem = "the topics are still being read to their ends";

  private TopicFollower(
      Consumer<byte[], byte[]> consumer, String cluster, List<String> topics, TopicSink sink) {
    this.consumer = consumer;
    this.cluster = cluster;
    this.sink = sink;
    this.topics = topics;
    this.loop = new Loop("topic-follower", this::round, this::lose, consumer, Thread::new);
  }

  /**
   * Starts reading where the sink is.
   *
   * @throws UnavailableException if Kafka or the sink does not answer
   */
  public static TopicFollower start(KafkaConfig config, List<String> topics, TopicSink sink)
      throws UnavailableException {
    Map<String, Object> properties = config.clientProperties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_AT_ONCE);
    properties.putIfAbsent(
        ConsumerConfig.METADATA_MAX_AGE_CONFIG, Math.toIntExact(LOOK_FOR_PARTITIONS.toMillis()));
    // Offsets that do not exist are looked up anew, so that the sink learns of it.
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    String cluster = clusterId(config);
    Consumer<byte[], byte[]> consumer = Consumers.open(properties);
    try {
      TopicFollower follower = new TopicFollower(consumer, cluster, topics, sink);
      follower.seek();
      follower.loop.start();
      return follower;
    } catch (KafkaException e) {
      consumer.close();
      throw new UnavailableException("Kafka, looking at topics: " + e.getMessage(), e);
    } catch (UnavailableException | RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  private static String clusterId(KafkaConfig config) throws UnavailableException {
    try (Admin admin = Admin.create(config.clientProperties())) {
      return admin.describeCluster().clusterId().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new UnavailableException("Kafka, asking for the cluster's id: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("Kafka, asking for the cluster's id: interrupted", e);
    }
  }

  /** As the client knows them: it asks again after {@code metadata.max.age.ms}. */
  private List<TopicPartition> knownPartitions() {
    return topics.stream()
        .flatMap(topic -> consumer.partitionsFor(topic).stream())
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  private void seek() throws UnavailableException {
    partitions = knownPartitions();
    consumer.assign(partitions);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<Partition, OffsetRange> available =
        partitions.stream()
            .collect(
                Collectors.toMap(
                    TopicFollower::ours,
                    one ->
                        new OffsetRange(begins.getOrDefault(one, 0L), ends.getOrDefault(one, 0L))));
    next.clear();
    next.putAll(sink.positions(cluster, available));
    next.forEach(
        (one, position) -> consumer.seek(new TopicPartition(one.topic(), one.number()), position));
    goal.clear();
    available.forEach((one, range) -> goal.put(one, range.end()));
    if (isAtGoal()) {
      problem = null;
    }
  }

  private static Partition ours(TopicPartition partition) {
    return new Partition(partition.topic(), partition.partition());
  }

  /** Whether it goes on reading; false after {@link #close}. */
  public boolean alive() {
    return !loop.isStopping() && loop.alive();
  }

  /**
   * Checks that everything is read.
   *
   * @throws NotCaughtUpException that says why it is not, or not yet
   */
  public void checkCaughtUp() throws NotCaughtUpException {
    String why = alive() ? problem : "the thread that reads topics is dead or stuck";
    if (why != null) {
      throw new NotCaughtUpException(why);
    }
  }

  /** After anything that went wrong it is looked up anew where sink and topics are. */
  private void round() throws UnavailableException, InterruptedException {
    if (!inStep) {
      seek();
    }
    inStep = follow();
  }

  private void lose(Throwable failure) {
    problem = "topics cannot be followed: " + failure.getMessage();
    inStep = false;
  }

  /** Reads once; false if sink and reader are no longer at the same places. */
  private boolean follow() throws UnavailableException, InterruptedException {
    try {
      boolean busy = System.nanoTime() - restedAt < REST.toNanos();
      List<ConsumerRecords<byte[], byte[]>> answers = new ArrayList<>();
      answers.add(consumer.poll(POLL));
      if (busy && !answers.get(0).isEmpty()) {
        answers.add(consumer.poll(NEXT_ANSWER));
      }
      TopicBatch batch = batch(answers);
      if (!batch.records().isEmpty()) {
        sink.accept(batch);
        next.putAll(batch.to());
      }
      if (problem != null && isAtGoal()) {
        problem = null;
      }
      if (problem == null && !batch.records().isEmpty()) {
        loop.rest(REST);
        restedAt = System.nanoTime();
      }
      return !isWider();
    } catch (OutOfStepException e) {
      LOGGER.atInfo().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Reading topics again");
      return false;
    }
  }

  /** Whether topics have got more partitions: they are read from their beginning. */
  private boolean isWider() {
    boolean wider = knownPartitions().size() > partitions.size();
    if (wider) {
      LOGGER.atInfo().log("Topics have more partitions than before");
    }
    return wider;
  }

  private TopicBatch batch(List<ConsumerRecords<byte[], byte[]>> answers) {
    List<TopicRecord> all = new ArrayList<>();
    Map<Partition, Long> from = new HashMap<>();
    Map<Partition, Long> to = new HashMap<>();
    for (ConsumerRecords<byte[], byte[]> records : answers) {
      for (ConsumerRecord<byte[], byte[]> record : records) {
        all.add(new TopicRecord(record));
      }
      for (TopicPartition partition : records.partitions()) {
        from.put(ours(partition), next.getOrDefault(ours(partition), 0L));
        to.put(ours(partition), consumer.position(partition));
      }
    }
    return new TopicBatch(all, from, to);
  }

  private boolean isAtGoal() {
    return goal.entrySet().stream()
        .allMatch(end -> next.getOrDefault(end.getKey(), 0L) >= end.getValue());
  }

  @Override
  public void close() {
    loop.stop();
    consumer.wakeup();
    boolean unused = loop.join(Duration.ofSeconds(10));
  }
}
