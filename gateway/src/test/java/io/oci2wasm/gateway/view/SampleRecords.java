package io.oci2wasm.gateway.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Topics;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.runtime.event.TopicRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Topics of one partition each, with the records of some events. */
final class SampleRecords {
  static final String CLUSTER = "cluster-1";

  private final Map<Partition, List<TopicRecord>> topics = new LinkedHashMap<>();

  /** Writes an event to the topic that carries its type. */
  void add(ReceivedEvent event) {
    Partition partition = new Partition(topic(event), 0);
    List<TopicRecord> records = topics.computeIfAbsent(partition, unused -> new ArrayList<>());
    records.add(new TopicRecord(record(event, partition.topic(), records.size())));
  }

  /** Of work topics the push lane's. */
  private static String topic(ReceivedEvent event) {
    String type = event.event().type();
    return Topics.WORK.contains(type) ? Topics.work(type, event.event().lane()) : type;
  }

  private static ConsumerRecord<byte[], byte[]> record(
      ReceivedEvent event, String topic, long offset) {
    try {
      ConsumerRecord<byte[], byte[]> record =
          new ConsumerRecord<>(
              topic,
              0,
              offset,
              event.event().requestId().getBytes(StandardCharsets.UTF_8),
              Json.MAPPER.writeValueAsBytes(event.event()));
      header(record, "ce_specversion", "1.0");
      header(record, "ce_id", event.event().eventId());
      header(record, "ce_type", event.event().type());
      header(record, "ce_source", "/oci2wasm/test");
      header(record, "ce_time", event.time().toString());
      header(record, "content-type", "application/json");
      return record;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void header(ConsumerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  Map<Partition, OffsetRange> available() {
    Map<Partition, OffsetRange> available = new HashMap<>();
    topics.forEach((one, records) -> available.put(one, new OffsetRange(0, records.size())));
    return available;
  }

  int size() {
    return topics.values().stream().mapToInt(List::size).sum();
  }

  /** What is read from given places: up to {@code atOnce} records of one topic, in turns. */
  List<TopicBatch> batches(Map<Partition, Long> positions, int atOnce) {
    Map<Partition, Integer> next = new HashMap<>();
    positions.forEach((one, position) -> next.put(one, position.intValue()));
    List<TopicBatch> batches = new ArrayList<>();
    boolean more = true;
    while (more) {
      more = false;
      for (Map.Entry<Partition, List<TopicRecord>> topic : topics.entrySet()) {
        Partition partition = topic.getKey();
        int from = next.getOrDefault(partition, 0);
        int to = Math.min(topic.getValue().size(), from + atOnce);
        if (to > from) {
          batches.add(
              new TopicBatch(
                  topic.getValue().subList(from, to),
                  Map.of(partition, (long) from),
                  Map.of(partition, (long) to)));
          next.put(partition, to);
          more = true;
        }
      }
    }
    return batches;
  }
}
