package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.event.OutgoingRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
  void shouldLetAnEarlierEventInThoughManyWaitForLong() {
    for (int i = 0; i < 100; i++) {
      backlog.add(entry(ONE, i, 3600 + i, "far" + i));
    }
    RetryBacklog.Entry soon = entry(ONE, 100, 5, "soon");
    backlog.add(soon);

    assertThat(backlog.toReadAgain(NOW)).isEmpty();
    assertThat(backlog.due(NOW.plusSeconds(5), 10)).containsExactly(soon);
    assertThat(backlog.due(NOW.plusSeconds(9999), 10)).hasSize(3);
    assertThat(backlog.size()).isEqualTo(101);
    backlog.done(soon);
    assertThat(offsets()).containsEntry(ONE, 0L);
  }

  @Test
  void shouldReadAgainWhatDidNotFitWhenItsTimeComes() {
    List<RetryBacklog.Entry> all =
        IntStream.range(0, 20).mapToObj(i -> entry(ONE, i, 60 + i, "e" + i)).toList();
    all.forEach(backlog::add);

    List<String> left = new ArrayList<>();
    for (int second = 0; second < 90; second++) {
      Instant now = NOW.plusSeconds(second);
      backlog
          .toReadAgain(now)
          .forEach((partition, from) -> all.subList(from.intValue(), 20).forEach(backlog::add));
      for (RetryBacklog.Entry due : backlog.due(now, 10)) {
        left.add(due.identity());
        assertThat(now).isEqualTo(due.notBefore());
        backlog.done(due);
      }
    }

    assertThat(left).isEqualTo(all.stream().map(RetryBacklog.Entry::identity).toList());
    assertThat(backlog.size()).isZero();
    assertThat(offsets()).containsEntry(ONE, 20L);
  }

  @Test
  void shouldReadAgainThoughItIsFullOfWhatWaitsLonger() {
    RetryBacklog.Entry dropped = entry(ONE, 3, 60, "dropped");
    List<RetryBacklog.Entry> sooner =
        List.of(entry(ONE, 0, 1, "a"), entry(ONE, 1, 1, "b"), entry(ONE, 2, 1, "c"));
    sooner.forEach(backlog::add);
    backlog.add(dropped);
    sooner.forEach(backlog::done);
    for (int i = 4; i < 7; i++) {
      backlog.add(entry(ONE, i, 120, "later" + i));
    }

    assertThat(backlog.toReadAgain(NOW.plusSeconds(50))).isEmpty();
    assertThat(backlog.toReadAgain(NOW.plusSeconds(58))).containsOnly(Map.entry(ONE, 3L));
    backlog.add(dropped);
    assertThat(backlog.due(NOW.plusSeconds(60), 10)).containsExactly(dropped);
  }

  @Test
  void shouldNotReadAgainWhileItIsFullOfWhatIsDueSooner() {
    for (int i = 0; i < 10; i++) {
      backlog.add(entry(ONE, i, 1, "same" + i));
    }

    assertThat(backlog.toReadAgain(NOW.plusSeconds(1))).isEmpty();
    backlog.due(NOW.plusSeconds(1), 2).forEach(backlog::done);
    assertThat(backlog.toReadAgain(NOW.plusSeconds(1))).containsOnly(Map.entry(ONE, 3L));
    assertThat(backlog.toReadAgain(NOW.plusSeconds(1))).isEmpty();
  }

  @Test
  void shouldKeepWithinItsBytes() {
    RecordCopy large = new RecordCopy(null, List.of(), RecordCopy.encode(new byte[1 << 19]));
    for (int i = 0; i < 3; i++) {
      backlog.add(
          new RetryBacklog.Entry(
              ONE, i, NOW.plusSeconds(i), "large" + i, new OutgoingRecord("t.push", large)));
    }

    assertThat(backlog.due(NOW.plusSeconds(9), 10)).hasSize(1);
    assertThat(backlog.size()).isEqualTo(3);
  }

  @Test
  void shouldTakeWhatIsReadTwiceOnce() {
    RetryBacklog.Entry first = entry(ONE, 0, 1, "a");
    RetryBacklog.Entry second = entry(ONE, 1, 1, "b");
    List.of(first, second).forEach(backlog::add);
    backlog.done(first);
    List.of(first, second).forEach(backlog::add);

    assertThat(backlog.due(NOW.plusSeconds(1), 10)).containsExactly(second);
    assertThat(backlog.size()).isOne();
  }

  private static RetryBacklog.Entry entry(
      TopicPartition partition, long offset, int seconds, String identity) {
    return new RetryBacklog.Entry(partition, offset, NOW.plusSeconds(seconds), identity, RECORD);
  }
}
