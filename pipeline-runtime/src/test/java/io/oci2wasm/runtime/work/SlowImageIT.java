package io.oci2wasm.runtime.work;

import static io.oci2wasm.runtime.work.WorkerKafka.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImagePushed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One slow image blocks nobody, in whatever partition it lies and however many come after it. */
class SlowImageIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void shouldFinishAllOthersWithTwoSlotsThoughOneNeverEnds() throws Exception {
    try (WorkerKafka kafka = WorkerKafka.start(directory, 4)) {
      assertThat(passing(kafka, WorkerConfig.of(1), 200)).isEqualTo(200);
    }
  }

  @Test
  void shouldFinishMoreThanTheUsualRecordLocksBehindOneThatNeverEnds() throws Exception {
    try (WorkerKafka kafka = WorkerKafka.start(directory, 1)) {
      assertThat(passing(kafka, WorkerConfig.of(4), 3000)).isEqualTo(3000);
    }
  }

  /** How many of {@code count} events end while one that came before them does not. */
  private static int passing(WorkerKafka kafka, WorkerConfig config, int count) throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    ImagePushed slow = kafka.push(Lane.PUSH, "slow");
    WorkerKafka.Action action =
        event -> {
          if (event.requestId().equals(slow.requestId())) {
            begun.countDown();
            never.await();
          }
          return done(event);
        };
    WorkerConfig quick = config.draining(Duration.ofSeconds(1));
    try (ShareWorker first = kafka.work(action, quick);
        ShareWorker second = kafka.work(action, quick)) {
      begun.await();
      Set<String> others = new HashSet<>();
      kafka.pushAll(Lane.PUSH, "other", count).forEach(one -> others.add(one.requestId()));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(ended(kafka)).containsAll(others));

      assertThat(ended(kafka)).doesNotContain(slow.requestId());
      assertThat(List.of(first, second)).allMatch(ShareWorker::alive);
      Set<String> passed = ended(kafka);
      passed.retainAll(others);
      return passed.size();
    }
  }

  private static Set<String> ended(WorkerKafka kafka) {
    Set<String> ended = new HashSet<>();
    kafka.ended().forEach(one -> ended.add(one.requestId()));
    return ended;
  }
}
