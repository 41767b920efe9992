package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.runtime.event.TopicRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Topics of one partition each, with the records of some events. */
final class SampleRecords {
  static final String CLUSTER = "cluster-1";

  private final Map<Partition, List<TopicRecord>> topics = new LinkedHashMap<>();

  /** Writes an event to the topic that carries its type. */
  void add(ReceivedEvent event) {
    add(event.event(), event.time());
  }

  /** Writes an event to the topic that carries its type. */
  void add(TopicEvent event, Instant time) {
    OutgoingRecord written = Records.outgoing(event, "test", time);
    Partition partition = new Partition(written.topic(), 0);
    List<TopicRecord> records = topics.computeIfAbsent(partition, unused -> new ArrayList<>());
    DeadLetter.Origin place = new DeadLetter.Origin(written.topic(), 0, records.size());
    records.add(TopicRecord.of(place, time, written.record()));
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
