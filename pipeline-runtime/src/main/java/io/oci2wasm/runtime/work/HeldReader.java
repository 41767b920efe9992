package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.WorkHeld;
import io.oci2wasm.runtime.event.Consumers;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.TopicRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The records that workers have in progress, as they report it. Reports count from when they are
 * read, since clocks differ. Earlier reports are not read. For one thread.
 */
final class HeldReader implements AutoCloseable {
  /** How long Kafka may take to tell where the reports end. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** How long reports may take to come; those that are late count the next time. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Consumer<byte[], byte[]> consumer;
  private final Map<Holder, Report> reports = new HashMap<>();

  private HeldReader(Consumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  private record Holder(String worker, Stage stage, Lane lane) {}

  private record Report(List<WorkHeld.Place> places, long readAt) {}

  static HeldReader open(KafkaConfig config) {
    Map<String, Object> properties = config.clientProperties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    return new HeldReader(Consumers.open(properties));
  }

  /** The offsets in hand of each partition of {@code stage}'s work topics. */
  Map<TopicPartition, Set<Long>> held(Stage stage, Lane lane) {
    String topic = Topics.work(Objects.requireNonNull(Topics.TAKEN.get(stage)), lane);
    return reports.entrySet().stream()
        .filter(one -> one.getKey().stage() == stage && one.getKey().lane() == lane)
        .flatMap(one -> one.getValue().places().stream())
        .collect(
            Collectors.groupingBy(
                place -> new TopicPartition(topic, place.partition()),
                Collectors.mapping(WorkHeld.Place::offset, Collectors.toSet())));
  }

  /** Takes in what was told since the last time, and forgets who has been silent. */
  void read() {
    if (consumer.assignment().isEmpty()) {
      List<TopicPartition> all =
          consumer.partitionsFor(Topics.WORK_HELD, TIMEOUT).stream()
              .map(one -> new TopicPartition(one.topic(), one.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToEnd(all);
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), TIMEOUT);
    long patientUntil = System.nanoTime() + PATIENCE.toNanos();
    while (ends.entrySet().stream().anyMatch(this::isBefore) && System.nanoTime() < patientUntil) {
      consumer.poll(Duration.ofMillis(200)).forEach(this::take);
    }
    long silent = System.nanoTime() - HeldWork.COUNTS.toNanos();
    reports.values().removeIf(report -> report.readAt() - silent < 0);
  }

  private boolean isBefore(Map.Entry<TopicPartition, Long> end) {
    return consumer.position(end.getKey(), TIMEOUT) < end.getValue();
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    new TopicRecord(record)
        .event(Topics.WORK_HELD, WorkHeld.class)
        .ifPresent(
            held -> {
              Holder holder = new Holder(held.worker(), held.stage(), held.lane());
              if (held.records().isEmpty()) {
                reports.remove(holder);
              } else {
                reports.put(holder, new Report(held.records(), System.nanoTime()));
              }
            });
  }

  @Override
  public void close() {
    consumer.close();
  }
}
