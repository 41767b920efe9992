package io.oci2wasm.runtime.work;

import static io.oci2wasm.runtime.work.WorkerKafka.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.runtime.event.KafkaConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker that was stopped for longer than its lock, and goes on. Here it believes in a lock six
 * times as long as the broker's: its first renewal comes when another has its record already.
 */
class LostLockIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path directory;

  @Test
  void shouldHarmNoOtherEventAndStillWriteItsResult() throws Exception {
    try (WorkerKafka kafka = WorkerKafka.start(directory)) {
      CountDownLatch taken = new CountDownLatch(1);
      CountDownLatch takenAgain = new CountDownLatch(2);
      CountDownLatch goOn = new CountDownLatch(1);
      KafkaConfig late =
          new KafkaConfig(
              kafka.config().bootstrapServers(),
              1,
              (short) 1,
              WorkerKafka.LOCK.multipliedBy(6),
              WorkerKafka.DELIVERY_LIMIT,
              Map.of());
      ImagePushed event = kafka.push(Lane.PUSH, "paused");
      WorkerKafka.Action action =
          one -> {
            if (one.requestId().equals(event.requestId())) {
              taken.countDown();
              takenAgain.countDown();
              goOn.await();
            }
            Thread.sleep(50);
            return done(one);
          };
      try (ShareWorker slow = kafka.work(action, WorkerKafka.QUICK, Clock.systemUTC(), late)) {
        taken.await();
        List<ImagePushed> queued = kafka.pushAll(Lane.PUSH, "queued", 300);

        WorkerConfig two = WorkerConfig.of(2).draining(Duration.ofSeconds(5));
        try (ShareWorker other = kafka.work(action, two)) {
          takenAgain.await();
          await()
              .atMost(PATIENCE)
              .untilAsserted(() -> assertThat(endedOf(kafka)).containsAll(ids(queued)));
          goOn.countDown();
          await().atMost(PATIENCE).until(() -> kafka.ended(event).size() == 2);

          assertThat(kafka.ended()).hasOnlyElementsOfType(ConversionSkipped.class);
          assertThat(kafka.letters()).isEmpty();
          ImagePushed next = kafka.push(Lane.PUSH, "next");
          await().atMost(PATIENCE).until(() -> !kafka.ended(next).isEmpty());
          assertThat(List.of(slow, other)).allMatch(ShareWorker::alive);
        }
        ImagePushed last = kafka.push(Lane.PUSH, "last");
        await().atMost(PATIENCE).until(() -> !kafka.ended(last).isEmpty());
      }
    }
  }

  private static Set<String> endedOf(WorkerKafka kafka) {
    Set<String> ended = new HashSet<>();
    kafka.ended().forEach(one -> ended.add(one.requestId()));
    return ended;
  }

  private static List<String> ids(List<ImagePushed> events) {
    return events.stream().map(ImagePushed::requestId).toList();
  }
}
