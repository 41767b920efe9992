package io.oci2wasm.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final AtomicInteger rounds = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicLong time = new AtomicLong();
  private final Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
  private Loop loop = loop(() -> {});

  @AfterEach
  void stop() {
    loop.stop();
  }

  @Test
  void shouldGoOnAfterAnErrorAndAnException() throws Exception {
    loop =
        loop(
            () -> {
              switch (rounds.get()) {
                case 1 -> throw new OutOfMemoryError("made up");
                case 2 -> throw new IllegalStateException("made up");
                default -> Thread.sleep(1);
              }
            });
    loop.start();

    awaitRounds(4);
    assertThat(loop.alive()).isTrue();
    assertThat(closed).isFalse();
  }

  @Test
  void shouldNotRestAnyLongerWhenItIsStopped() throws Exception {
    loop =
        loop(
            () -> {
              begun.release();
              loop.rest(Duration.ofHours(1));
            });
    loop.start();
    assertThat(begun.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

    loop.stop();

    assertThat(loop.join(PATIENCE)).isTrue();
    assertThat(closed).isTrue();
  }

  @Test
  void shouldCleanUpAfterEachFailedRoundBeforeTheNext() throws Exception {
    IllegalStateException failure = new IllegalStateException("made up");
    AtomicInteger cleanedBefore = new AtomicInteger();
    loop =
        loop(
            () -> {
              if (rounds.get() == 1) {
                throw failure;
              }
              cleanedBefore.set(failures.size());
              Thread.sleep(1);
            });
    loop.start();

    awaitRounds(3);
    assertThat(cleanedBefore).hasValue(1);
    assertThat(failures).containsExactly(failure);
  }

  @Test
  void shouldGoOnThoughItCannotCleanUp() throws Exception {
    loop =
        new Loop(
            "test",
            () -> {
              begun.release();
              throw new UnavailableException("away", null);
            },
            failure -> {
              throw new AssertionError("made up");
            },
            () -> closed.set(true),
            Thread::new);
    loop.start();

    awaitRounds(2);
    assertThat(closed).isFalse();
  }

  @Test
  void shouldCloseWhatItUsedWhenItIsStopped() throws Exception {
    loop = loop(() -> Thread.sleep(1));
    loop.start();

    loop.stop();

    assertThat(loop.join(PATIENCE)).isTrue();
    assertThat(closed).isTrue();
    assertThat(loop.alive()).isTrue();
  }

  @Test
  void shouldEndAtOnceThoughItPausesAfterAFailure() throws Exception {
    loop =
        loop(
            () -> {
              throw new UnavailableException("away", null);
            });
    loop.start();
    awaitRounds(1);

    loop.stop();

    assertThat(loop.join(PATIENCE)).isTrue();
    assertThat(rounds.get()).isLessThan(5);
  }

  @Test
  void shouldSayThatItIsDead() throws Exception {
    loop =
        loop(
            () -> {
              throw new InterruptedException("made up");
            });
    loop.start();

    assertThat(loop.join(PATIENCE)).isTrue();
    assertThat(loop.alive()).isFalse();
  }

  @Test
  void shouldSayThatEveryRoundFailsForAMinute() throws Exception {
    loop =
        loop(
            () -> {
              throw new IllegalStateException("made up");
            });
    loop.start();
    awaitRounds(2);

    assertThat(loop.alive()).isTrue();
    time.set(Duration.ofSeconds(61).toNanos());
    assertThat(loop.alive()).isFalse();
  }

  @Test
  void shouldBeHealthyHoweverLongAnotherPartIsAway() throws Exception {
    loop =
        loop(
            () -> {
              time.addAndGet(Duration.ofSeconds(90).toNanos());
              throw new UnavailableException("away", null);
            });
    loop.start();
    awaitRounds(3);

    assertThat(loop.alive()).isTrue();
  }

  @Test
  void shouldSayThatARoundDoesNotReturn() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    loop =
        loop(
            () -> {
              stuck.await();
            });
    loop.start();
    awaitRounds(1);
    time.set(Duration.ofMinutes(4).toNanos());

    assertThat(loop.alive()).isFalse();
    loop.signOfLife();
    assertThat(loop.alive()).isTrue();
    stuck.countDown();
  }

  private Loop loop(Loop.Round round) {
    return new Loop(
        "test",
        () -> {
          rounds.incrementAndGet();
          begun.release();
          round.run();
        },
        failures::add,
        () -> closed.set(true),
        Thread::new,
        time::get);
  }

  private void awaitRounds(int count) throws InterruptedException {
    assertThat(begun.tryAcquire(count, PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }
}
