package io.oci2wasm.buildworker.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionGuardTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final long LARGE = 1L << 40;

  @TempDir private Path scratch;
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
  private final ExecutorService others = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    timer.shutdownNow();
    others.shutdownNow();
  }

  @Test
  void shouldLeaveAloneWhatKeepsWithinItsLimits() throws Exception {
    assertThat(guard(LONG, LARGE).watch("x", () -> "done")).isEqualTo("done");
    assertThatThrownBy(() -> guard(LONG, LARGE).watch("x", ConversionGuardTest::fail))
        .isInstanceOf(IOException.class)
        .hasMessage("its own");
  }

  @Test
  void shouldInterruptWhatTakesTooLongAndSaySo() {
    ConversionGuard guard = guard(Duration.ofMillis(300), LARGE);

    assertThatThrownBy(() -> guard.watch("converting sha256:aa", ConversionGuardTest::sleep))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIME_LIMIT))
        .hasMessageContaining("converting sha256:aa: found it not done after 0 s")
        .hasMessageContaining("raise build.maxTime");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void shouldRefuseWhatAloneTakesTooMuchDisk() throws Exception {
    Files.write(scratch.resolve("layer-1.data"), new byte[1001]);

    assertThatThrownBy(() -> guard(LONG, 1000).watch("it", ConversionGuardTest::sleep))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.SCRATCH_LIMIT))
        .hasMessageContaining("found over 1000 bytes of temporary files");
  }

  @Test
  void shouldLetTheLastGiveWayWhereSeveralTakeTooMuch() throws Exception {
    ConversionGuard guard = guard(LONG, 1000);
    CountDownLatch firstRuns = new CountDownLatch(1);
    CountDownLatch firstMayEnd = new CountDownLatch(1);
    Future<String> first =
        others.submit(
            () ->
                guard.watch(
                    "first",
                    () -> {
                      firstRuns.countDown();
                      firstMayEnd.await();
                      return "done";
                    }));
    assertThat(firstRuns.await(10, TimeUnit.SECONDS)).isTrue();

    assertThatThrownBy(
            () ->
                guard.watch(
                    "second",
                    () -> {
                      Files.write(scratch.resolve("both"), new byte[1001]);
                      return sleep();
                    }))
        .isInstanceOf(ScratchFullException.class)
        .hasMessageContaining("second: other conversions have the disk");

    Files.delete(scratch.resolve("both"));
    firstMayEnd.countDown();
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("done");
  }

  @Test
  void shouldPassOnAnInterruptOfAnotherKind() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> guard(LONG, LARGE).watch("x", ConversionGuardTest::sleep))
        .isInstanceOf(InterruptedException.class);
  }

  private ConversionGuard guard(Duration maxTime, long maxScratch) {
    return new ConversionGuard(new ConversionGuard.Limits(maxTime, maxScratch), scratch, timer);
  }

  private static String sleep() throws InterruptedException {
    Thread.sleep(20_000);
    return "slept";
  }

  private static String fail() throws IOException {
    throw new IOException("its own");
  }
}
