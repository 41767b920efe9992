package io.oci2wasm.runtime.event;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;

/** Removes from topics what all consumers have taken. */
public final class TopicHistory implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Admin admin;

  private TopicHistory(Admin admin) {
    this.admin = admin;
  }

  /** Opens a connection; nothing is asked yet. */
  public static TopicHistory open(KafkaConfig config) {
    return new TopicHistory(Admin.create(config.clientProperties()));
  }

  /**
   * Up to where each partition of {@code topics} was written before {@code before}, and taken by
   * every consumer group and share group that the brokers know. Of a topic that a group reads, or
   * is to read, what it has not begun counts as not taken.
   *
   * @throws UnavailableException if Kafka does not answer
   */
  public Map<Partition, Long> takenByAll(Collection<String> topics, Instant before)
      throws UnavailableException {
    Set<TopicPartition> partitions =
        AdminAnswer.await(
                "describing topics", admin.describeTopics(topics).allTopicNames(), TIMEOUT)
            .values()
            .stream()
            .flatMap(
                topic ->
                    topic.partitions().stream()
                        .map(one -> new TopicPartition(topic.name(), one.partition())))
            .collect(Collectors.toSet());
    Map<TopicPartition, Long> taken = new HashMap<>(writtenBefore(partitions, before));
    for (Map.Entry<String, Map<TopicPartition, Long>> group : groups().entrySet()) {
      Set<String> read = new HashSet<>(readersOf().getOrDefault(group.getKey(), Set.of()));
      group.getValue().keySet().forEach(partition -> read.add(partition.topic()));
      partitions.stream()
          .filter(partition -> read.contains(partition.topic()))
          .forEach(
              partition ->
                  taken.merge(partition, group.getValue().getOrDefault(partition, 0L), Math::min));
    }
    return taken.entrySet().stream()
        .collect(Collectors.toMap(one -> ours(one.getKey()), Map.Entry::getValue));
  }

  /** The offset of the first record in each partition that was written at {@code time} or later. */
  private Map<TopicPartition, Long> writtenBefore(Set<TopicPartition> partitions, Instant time)
      throws UnavailableException {
    Map<TopicPartition, Long> ends = offsets(partitions, OffsetSpec.latest());
    Map<TopicPartition, Long> first =
        offsets(partitions, OffsetSpec.forTimestamp(time.toEpochMilli()));
    // Negative where no record is that young.
    first.replaceAll((partition, offset) -> offset < 0 ? ends.getOrDefault(partition, 0L) : offset);
    return first;
  }

  private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec spec)
      throws UnavailableException {
    Map<TopicPartition, OffsetSpec> asked =
        partitions.stream().collect(Collectors.toMap(Function.identity(), one -> spec));
    Map<TopicPartition, ListOffsetsResultInfo> found =
        AdminAnswer.await("asking for offsets", admin.listOffsets(asked).all(), TIMEOUT);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    found.forEach((partition, info) -> offsets.put(partition, info.offset()));
    return offsets;
  }

  /** Which topics our groups read. Those of subscribers commit where they begin. */
  private static Map<String, Set<String>> readersOf() {
    Map<String, Set<String>> topics = new HashMap<>();
    Topics.TAKEN.forEach(
        (stage, type) -> {
          for (Lane lane : Lane.values()) {
            topics.put(Topics.shareGroup(stage, lane), Set.of(Topics.work(type, lane)));
          }
        });
    topics.put(Topics.SCAN_GROUP, Set.of(Topics.BATCH_REQUESTED));
    topics.put(Topics.DELIVERY_GROUP, Set.of(Topics.BUNDLE_BUILT));
    return topics;
  }

  /** How far each group is in each partition that it has begun; those that must be there always. */
  private Map<String, Map<TopicPartition, Long>> groups() throws UnavailableException {
    Map<String, Map<TopicPartition, Long>> groups = new HashMap<>();
    for (String group : readersOf().keySet()) {
      // Without delivery nobody forwards what is announced.
      if (!group.equals(Topics.DELIVERY_GROUP)) {
        groups.put(group, Map.of());
      }
    }
    for (GroupListing group :
        AdminAnswer.await("listing groups", admin.listGroups().all(), TIMEOUT)) {
      groups.put(
          group.groupId(),
          group.type().equals(Optional.of(GroupType.SHARE))
              ? accepted(group.groupId())
              : committed(group.groupId()));
    }
    return groups;
  }

  private Map<TopicPartition, Long> accepted(String group) throws UnavailableException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    AdminAnswer.await(
            "asking how far " + group + " is",
            admin
                .listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(group),
            TIMEOUT)
        .forEach(
            (partition, info) -> {
              // Null or negative where the group has not begun.
              offsets.put(partition, info == null ? 0 : Math.max(0, info.startOffset()));
            });
    return offsets;
  }

  private Map<TopicPartition, Long> committed(String group) throws UnavailableException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    AdminAnswer.await(
            "asking how far " + group + " is",
            admin
                .listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec()))
                .partitionsToOffsetAndMetadata(group),
            TIMEOUT)
        .forEach(
            (partition, position) -> {
              if (position != null) {
                offsets.put(partition, position.offset());
              }
            });
    return offsets;
  }

  /**
   * Removes the records before an offset of each partition, and waits for it.
   *
   * @return how many that were, at most
   * @throws UnavailableException if Kafka does not answer or refuses; some may be gone
   */
  public long removeBelow(Map<Partition, Long> offsets) throws UnavailableException {
    Map<TopicPartition, Long> begins =
        offsets(
            offsets.keySet().stream().map(TopicHistory::kafkas).collect(Collectors.toSet()),
            OffsetSpec.earliest());
    Map<TopicPartition, RecordsToDelete> records = new HashMap<>();
    long removed = 0;
    for (Map.Entry<Partition, Long> below : offsets.entrySet()) {
      TopicPartition partition = kafkas(below.getKey());
      long begin = begins.getOrDefault(partition, 0L);
      if (below.getValue() > begin) {
        records.put(partition, RecordsToDelete.beforeOffset(below.getValue()));
        removed += below.getValue() - begin;
      }
    }
    if (!records.isEmpty()) {
      AdminAnswer.await("trimming topics", admin.deleteRecords(records).all(), TIMEOUT);
    }
    return removed;
  }

  private static Partition ours(TopicPartition partition) {
    return new Partition(partition.topic(), partition.partition());
  }

  private static TopicPartition kafkas(Partition partition) {
    return new TopicPartition(partition.topic(), partition.number());
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
