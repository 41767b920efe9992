package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.event.OutgoingRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class RetryBacklogTest {
  private static final Instant NOW = Instant.parse("2026-11-24T06:40:23Z");
  private static final TopicPartition ONE = new TopicPartition("t.retry", 1);
  private static final TopicPartition TWO = new TopicPartition("t.retry", 2);
  private static final OutgoingRecord RECORD =
      new OutgoingRecord("t.push", new RecordCopy(null, List.of(), ""));

  private final RetryBacklog backlog = new RetryBacklog(3, 1 << 20);

  @Test
  void shouldLetAnEarlierEventPassOneThatWaitsLong() {
    RetryBacklog.Entry late = entry(ONE, 0, 3600, "late");
    RetryBacklog.Entry soon = entry(ONE, 1, 1, "soon");
    backlog.add(late);
    backlog.add(soon);

    assertThat(backlog.due(NOW, 10)).isEmpty();
    assertThat(backlog.idle(NOW, Duration.ofMinutes(1))).hasSeconds(1);
    assertThat(backlog.due(NOW.plusSeconds(1), 10)).containsExactly(soon);
    assertThat(backlog.due(NOW.plusSeconds(3600), 10)).containsExactly(soon, late);
    assertThat(backlog.idle(NOW.plusSeconds(5), Duration.ofMinutes(1))).isZero();
  }

  @Test
  void shouldNeverSayDoneOfAnEventThatStillWaits() {
    RetryBacklog.Entry late = entry(ONE, 5, 3600, "late");
    RetryBacklog.Entry soon = entry(ONE, 6, 1, "soon");
    RetryBacklog.Entry other = entry(TWO, 9, 1, "other");
    List.of(late, soon, other).forEach(backlog::add);

    backlog.done(soon);
    backlog.done(other);

    assertThat(offsets()).isEqualTo(Map.of(ONE, 5L, TWO, 10L));
    backlog.done(late);
    assertThat(offsets()).containsEntry(ONE, 7L);
  }

  @Test
  void shouldNotRepeatWhatAnotherWorkerDidPastAnEventThatStillWaits() {
    List<RetryBacklog.Entry> all =
        List.of(
            entry(ONE, 5, 3600, "late"),
            entry(ONE, 6, 1, "done"),
            entry(ONE, 7, 3600, "later"),
            entry(ONE, 8, 1, "done too"));
    RetryBacklog another = new RetryBacklog(10, 1 << 20);
    all.forEach(another::add);
    another.done(all.get(1));
    another.done(all.get(3));
    RetryBacklog next = new RetryBacklog(10, 1 << 20);

    next.restore(ONE, another.positions().getOrDefault(ONE, new OffsetAndMetadata(0)));
    assertThat(next.positions()).isEmpty();
    all.forEach(next::add);
    next.add(entry(ONE, 9, 1, "new"));

    assertThat(next.due(NOW.plusSeconds(3600), 10))
        .extracting(RetryBacklog.Entry::identity)
        .containsExactly("new", "late", "later");
  }

  @Test
  void shouldKeepWithinWhatBrokersStoreBesideAnOffset() {
    String text = DoneOffsets.encode(7, 1_000_000, offset -> true);

    assertThat(text).hasSize(4096);
    assertThat(DoneOffsets.decode(7, text)).hasSize(24_576).contains(7L, 24_582L);
    assertThat(DoneOffsets.decode(7, "%")).isEmpty();
    assertThat(DoneOffsets.decode(7, "")).isEmpty();
  }

  private Map<TopicPartition, Long> offsets() {
    return backlog.positions().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().offset()));
  }

  @Test
  void shouldKeepARepeatedAttemptOnce() {
    RetryBacklog.Entry once = entry(ONE, 0, 1, "a#2");
    backlog.add(once);
    backlog.add(entry(ONE, 1, 1, "a#2"));
    backlog.add(entry(ONE, 2, 1, "a#3"));

    assertThat(backlog.size()).isEqualTo(2);
    backlog.done(once);
    assertThat(offsets()).containsEntry(ONE, 2L);
  }

  @Test
  void shouldForgetWhatAnotherWorkerReads() {
    backlog.add(entry(ONE, 0, 1, "a"));
    RetryBacklog.Entry mine = entry(TWO, 0, 1, "b");
    backlog.add(mine);

    backlog.forget(List.of(ONE));

    assertThat(backlog.due(NOW.plusSeconds(1), 10)).containsExactly(mine);
    assertThat(backlog.positions()).containsOnlyKeys(TWO);
    backlog.add(entry(ONE, 0, 1, "a"));
    assertThat(backlog.size()).isEqualTo(2);
  }

  @Test
  void shouldBeFullByNumberAndByBytes() {
    backlog.add(entry(ONE, 0, 1, "a"));
    backlog.add(entry(ONE, 1, 1, "b"));
    assertThat(backlog.isFull()).isFalse();
    RetryBacklog.Entry third = entry(ONE, 2, 1, "c");
    backlog.add(third);
    assertThat(backlog.isFull()).isTrue();
    backlog.done(third);
    assertThat(backlog.isFull()).isFalse();

    RecordCopy large = new RecordCopy(null, List.of(), RecordCopy.encode(new byte[1 << 20]));
    backlog.add(new RetryBacklog.Entry(ONE, 3, NOW, "large", new OutgoingRecord("t.push", large)));

    assertThat(backlog.isFull()).isTrue();
  }

  private static RetryBacklog.Entry entry(
      TopicPartition partition, long offset, int seconds, String identity) {
    return new RetryBacklog.Entry(partition, offset, NOW.plusSeconds(seconds), identity, RECORD);
  }
}
