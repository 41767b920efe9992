package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.event.AdminAnswer;
import io.oci2wasm.runtime.event.KafkaConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * Asks Kafka how much work waits: what share groups have not acknowledged of the work topics and no
 * worker says it has in hand, and what the retry topics' readers have not put back. For one thread.
 */
public final class QueueReader implements QueueSource {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final List<Work> WORK =
      Topics.TAKEN.entrySet().stream().map(one -> new Work(one.getKey(), one.getValue())).toList();

  private final Admin admin;
  private final RecordTimes times;
  private final HeldReader held;
  private final Clock clock;

  /**
   * Up to where all was done once. Of a group that is idle Kafka keeps the last event done as its
   * first until another is done, which would make the next one as old as that.
   */
  private final Map<TopicPartition, Long> doneUpTo = new HashMap<>();

  private QueueReader(Admin admin, RecordTimes times, HeldReader held, Clock clock) {
    this.admin = admin;
    this.times = times;
    this.held = held;
    this.clock = clock;
  }

  /** Opens connections for questions; nothing is asked yet. */
  public static QueueReader open(KafkaConfig config, Clock clock) {
    return new QueueReader(
        Admin.create(config.clientProperties()),
        RecordTimes.open(config),
        HeldReader.open(config),
        clock);
  }

  /** A stage and the type of the events that it takes. */
  private record Work(Stage stage, String type) {}

  /** What is not done in a lane. */
  private record LaneBacklog(Stage stage, Lane lane, Map<TopicPartition, Backlog> partitions) {}

  /**
   * What of a topic's partition is not done: how many events wait, how many are being worked on,
   * and the offset of the first that waits.
   */
  private record Backlog(long waiting, long running, long first) {
    /**
     * Of {@code count} events from {@code first} to before {@code end}. Kafka does not tell which
     * of those behind the first are done. It gives events out in their order, so those that wait
     * are the last ones, unless one was given back: then one that came later stands for the oldest.
     */
    static Backlog of(long count, long first, long end, Set<Long> held) {
      Set<Long> running = new HashSet<>(held);
      running.removeIf(offset -> offset < first || offset >= end);
      long waiting = Math.max(0, count - running.size());
      if (!running.contains(first)) {
        return new Backlog(waiting, count - waiting, first);
      }
      long oldest = Math.max(first, end - waiting);
      while (running.contains(oldest)) {
        oldest++;
      }
      return new Backlog(waiting, count - waiting, Math.min(oldest, end - 1));
    }
  }

  @Override
  public QueueLevels read() throws UnavailableException {
    try {
      Map<TopicPartition, Long> begins = offsets(OffsetSpec.earliest());
      Map<TopicPartition, Long> ends = offsets(OffsetSpec.latest());
      held.read();
      Instant measuredAt = clock.instant();
      List<LaneBacklog> backlogs = new ArrayList<>();
      List<QueueLevels.Retries> retries = new ArrayList<>();
      Map<TopicPartition, Long> first = new HashMap<>();
      for (Work work : WORK) {
        for (Lane lane : Lane.values()) {
          LaneBacklog backlog =
              new LaneBacklog(work.stage(), lane, backlog(work, lane, begins, ends));
          backlogs.add(backlog);
          backlog.partitions().entrySet().stream()
              .filter(one -> one.getValue().waiting() > 0)
              .forEach(one -> first.put(one.getKey(), one.getValue().first()));
        }
        retries.add(new QueueLevels.Retries(work.stage(), waiting(work, begins, ends)));
      }
      Map<TopicPartition, Instant> written = times.at(first);
      return new QueueLevels(
          measuredAt, backlogs.stream().map(one -> queue(one, written)).toList(), retries);
    } catch (KafkaException e) {
      throw new UnavailableException("Kafka, reading queues: " + e.getMessage(), e);
    }
  }

  private static QueueLevels.Queue queue(
      LaneBacklog backlog, Map<TopicPartition, Instant> written) {
    return new QueueLevels.Queue(
        backlog.stage(),
        backlog.lane(),
        backlog.partitions().values().stream().mapToLong(Backlog::waiting).sum(),
        backlog.partitions().values().stream().mapToLong(Backlog::running).sum(),
        written.entrySet().stream()
            .filter(one -> backlog.partitions().containsKey(one.getKey()))
            .map(Map.Entry::getValue)
            .min(Instant::compareTo)
            .orElse(null));
  }

  private Map<TopicPartition, Long> offsets(OffsetSpec spec) throws UnavailableException {
    Set<String> topics = new HashSet<>();
    for (Work work : WORK) {
      topics.add(Topics.retry(work.type()));
      for (Lane lane : Lane.values()) {
        topics.add(Topics.work(work.type(), lane));
      }
    }
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (TopicDescription topic :
        AdminAnswer.await(
                "describing topics", admin.describeTopics(topics).allTopicNames(), TIMEOUT)
            .values()) {
      topic
          .partitions()
          .forEach(one -> asked.put(new TopicPartition(topic.name(), one.partition()), spec));
    }
    Map<TopicPartition, Long> offsets = new HashMap<>();
    AdminAnswer.await("asking for offsets", admin.listOffsets(asked).all(), TIMEOUT)
        .forEach((partition, info) -> offsets.put(partition, info.offset()));
    return offsets;
  }

  /** The partitions of a lane in which something is not done. */
  private Map<TopicPartition, Backlog> backlog(
      Work work, Lane lane, Map<TopicPartition, Long> begins, Map<TopicPartition, Long> ends)
      throws UnavailableException {
    String topic = Topics.work(work.type(), lane);
    Map<TopicPartition, SharePartitionOffsetInfo> taken =
        taken(Topics.shareGroup(work.stage(), lane));
    Map<TopicPartition, Set<Long>> inHand = held.held(work.stage(), lane);
    Map<TopicPartition, Backlog> backlog = new HashMap<>();
    ends.forEach(
        (partition, end) -> {
          if (partition.topic().equals(topic)) {
            SharePartitionOffsetInfo info = taken.get(partition);
            // Groups begin with the earliest record, so a partition they have not seen waits whole.
            long begin = begins.getOrDefault(partition, 0L);
            long first = info == null ? begin : Math.max(begin, info.startOffset());
            long count = info == null ? end - first : info.lag().orElse(end - first);
            if (count > 0) {
              long done = Math.min(doneUpTo.getOrDefault(partition, 0L), end - 1);
              backlog.put(
                  partition,
                  Backlog.of(
                      count, Math.max(first, done), end, inHand.getOrDefault(partition, Set.of())));
            } else {
              doneUpTo.put(partition, end);
            }
          }
        });
    return backlog;
  }

  private Map<TopicPartition, SharePartitionOffsetInfo> taken(String group)
      throws UnavailableException {
    try {
      Map<TopicPartition, SharePartitionOffsetInfo> found =
          new HashMap<>(
              AdminAnswer.await(
                  "asking how far " + group + " is",
                  admin
                      .listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                      .partitionsToOffsetInfo(group),
                  TIMEOUT));
      // Null or negative where the group has not begun.
      found.values().removeIf(info -> info == null || info.startOffset() < 0);
      return found;
    } catch (UnavailableException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return Map.of();
      }
      throw e;
    }
  }

  private long waiting(Work work, Map<TopicPartition, Long> begins, Map<TopicPartition, Long> ends)
      throws UnavailableException {
    String topic = Topics.retry(work.type());
    String group = Topics.retryGroup(work.stage());
    Map<TopicPartition, OffsetAndMetadata> committed =
        AdminAnswer.await(
            "asking how far " + group + " is",
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
            TIMEOUT);
    long waiting = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      if (end.getKey().topic().equals(topic)) {
        OffsetAndMetadata position = committed.get(end.getKey());
        waiting +=
            position == null
                ? end.getValue() - begins.getOrDefault(end.getKey(), 0L)
                : end.getValue()
                    - position.offset()
                    - DoneOffsets.decode(position.offset(), position.metadata()).size();
      }
    }
    return waiting;
  }

  @Override
  public void close() {
    held.close();
    times.close();
    admin.close(Duration.ofSeconds(1));
  }
}
