package io.oci2wasm.runtime.work;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.Loop;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.Consumers;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.TopicRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads many short records of some topics in an ordinary consumer group: each is handled at least
 * once, batch by batch. A batch may take as long as it wants, its offsets are committed after it. A
 * group begins with what is written from its first member's start on.
 */
public final class GroupReader implements Worker {
  private static final Logger LOGGER = LoggerFactory.getLogger(GroupReader.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final String group;
  private final Consumer<byte[], byte[]> consumer;
  private final BatchHandler handler;
  private final Instant started;
  private final Loop loop;
  private final ExecutorService work = Executors.newSingleThreadExecutor();
  private boolean busy;

  /** Handles records. */
  @FunctionalInterface
  public interface BatchHandler {
    /**
     * Returns when everything that follows from {@code records} is safe; they may come again.
     *
     * @throws UnavailableException if it cannot be done now: they come again
     * @throws InterruptedException if the reader stops; another has them next
     */
    void handle(List<TopicRecord> records) throws UnavailableException, InterruptedException;
  }

  private GroupReader(
      String group, Consumer<byte[], byte[]> consumer, BatchHandler handler, Instant started) {
    this.group = group;
    this.consumer = consumer;
    this.handler = handler;
    this.started = started;
    this.loop = new Loop(group, this::round, this::end);
  }

  /**
   * Starts reading {@code topics}.
   *
   * @param atOnce records of a batch at most
   * @param now where a group begins that has read nothing yet
   */
  public static GroupReader start(
      KafkaConfig config,
      String group,
      List<String> topics,
      int atOnce,
      Instant now,
      BatchHandler handler) {
    Map<String, Object> properties = config.groupProperties(group);
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, atOnce);
    GroupReader reader = new GroupReader(group, Consumers.open(properties), handler, now);
    reader.consumer.subscribe(topics, reader.new RebalanceListener());
    reader.loop.start();
    return reader;
  }

  @Override
  public boolean alive() {
    return loop.alive();
  }

  @Override
  public void stopTaking() {
    loop.stop();
  }

  private void end() {
    work.shutdownNow();
    consumer.close();
  }

  private void round() throws Exception {
    ConsumerRecords<byte[], byte[]> batch = consumer.poll(POLL);
    if (!batch.isEmpty() && Polled.handOver(consumer, batch, this::handle)) {
      consumer.commitSync(ends(batch));
    }
  }

  /** Whether it is done. Meanwhile the group is told that we live, and nothing more is fetched. */
  private boolean handle(ConsumerRecords<byte[], byte[]> batch) throws Exception {
    List<TopicRecord> records = new ArrayList<>();
    batch.forEach(record -> records.add(new TopicRecord(record)));
    busy = true;
    consumer.pause(consumer.assignment());
    Future<?> running =
        work.submit(
            () -> {
              handler.handle(records);
              return null;
            });
    try {
      return await(running);
    } finally {
      running.cancel(true);
      busy = false;
      consumer.resume(consumer.paused());
    }
  }

  private boolean await(Future<?> running) throws Exception {
    while (!loop.isStopping()) {
      try {
        running.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
        return true;
      } catch (TimeoutException e) {
        loop.signOfLife();
        consumer.poll(Duration.ZERO);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Exception cause) {
          throw cause;
        }
        throw e;
      }
    }
    return false;
  }

  private static Map<TopicPartition, OffsetAndMetadata> ends(
      ConsumerRecords<byte[], byte[]> batch) {
    Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
    for (TopicPartition partition : batch.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> records = batch.records(partition);
      ends.put(partition, new OffsetAndMetadata(records.get(records.size() - 1).offset() + 1));
    }
    return ends;
  }

  @Override
  public void close() {
    stopTaking();
    boolean ended = loop.join(CLOSE_TIMEOUT);
    if (!Threads.await(work, CLOSE_TIMEOUT) || !ended) {
      LOGGER.atWarn().addKeyValue("group", group).log("A reader did not end in time");
    }
  }

  /** Partitions come and go as members do. */
  private final class RebalanceListener implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      // What is being handled of them is handled again by the next member.
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (busy) {
        consumer.pause(partitions);
      }
      Map<TopicPartition, Long> fresh = new HashMap<>();
      consumer
          .committed(Set.copyOf(partitions))
          .forEach(
              (partition, committed) -> {
                if (committed == null) {
                  fresh.put(partition, started.toEpochMilli());
                }
              });
      if (!fresh.isEmpty()) {
        begin(fresh);
      }
    }

    /** Remembered at once: a member that starts later begins at the same place. */
    private void begin(Map<TopicPartition, Long> fresh) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(fresh.keySet());
      Map<TopicPartition, OffsetAndTimestamp> since = consumer.offsetsForTimes(fresh);
      Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
      for (TopicPartition partition : fresh.keySet()) {
        OffsetAndTimestamp first = since.get(partition);
        long position = first == null ? ends.getOrDefault(partition, 0L) : first.offset();
        positions.put(partition, new OffsetAndMetadata(position));
        consumer.seek(partition, position);
      }
      consumer.commitSync(positions);
    }
  }
}
