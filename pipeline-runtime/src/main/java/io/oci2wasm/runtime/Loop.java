package io.oci2wasm.runtime;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that does the same again and again until it is stopped. Nothing that a round throws ends
 * it: that is logged, and the next round begins after a pause that doubles with each failure in a
 * row. A loop that cannot go on says so by {@link #alive}.
 */
public final class Loop {
  private static final Logger LOGGER = LoggerFactory.getLogger(Loop.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final int MAX_DOUBLINGS = 3;

  /** Kafka's client gives up each of its own waits before. */
  private static final Duration LONGEST_SILENCE = Duration.ofMinutes(3);

  /** What is unavailable may stay away for longer: nothing in this process would help. */
  private static final Duration LONGEST_DEFECT = Duration.ofMinutes(1);

  private final String name;
  private final Round round;
  private final Consumer<Throwable> afterFailure;
  private final AutoCloseable end;
  private final LongSupplier nanoTime;
  private final Thread thread;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private int failures;
  private volatile long lastSign;
  private volatile @Nullable Long defectiveSince;

  /** What is done again and again. */
  @FunctionalInterface
  public interface Round {
    /**
     * Does it once, within seconds: otherwise it calls {@link Loop#signOfLife} meanwhile.
     *
     * @throws InterruptedException if the thread is to end
     * @throws Exception that is logged; the next round comes after a pause
     */
    void run() throws Exception;
  }

  /**
   * A loop that has not begun.
   *
   * @param end what the rounds use, closed in the same thread after the last
   */
  public Loop(String name, Round round, AutoCloseable end) {
    this(name, round, failure -> {}, end, Thread::new);
  }

  /**
   * The same on a thread of the caller's kind.
   *
   * @param afterFailure what a failed round leaves to do; called before the pause
   */
  public Loop(
      String name,
      Round round,
      Consumer<Throwable> afterFailure,
      AutoCloseable end,
      ThreadFactory threads) {
    this(name, round, afterFailure, end, threads, System::nanoTime);
  }

  Loop(
      String name,
      Round round,
      Consumer<Throwable> afterFailure,
      AutoCloseable end,
      ThreadFactory threads,
      LongSupplier nanoTime) {
    this.name = name;
    this.round = round;
    this.afterFailure = afterFailure;
    this.end = end;
    this.nanoTime = nanoTime;
    this.lastSign = nanoTime.getAsLong();
    this.thread = threads.newThread(this::run);
    this.thread.setName(name);
  }

  /** Begins. */
  public void start() {
    thread.start();
  }

  private void run() {
    try (end) {
      while (!isStopping()) {
        once();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      report(e, "A loop could not close what it used");
    }
  }

  private void once() throws InterruptedException {
    signOfLife();
    try {
      round.run();
      failures = 0;
      defectiveSince = null;
    } catch (InterruptedException e) {
      throw e;
    } catch (Throwable e) {
      if (isStopping()) {
        LOGGER.atDebug().setCause(e).addKeyValue("loop", name).log("A loop was stopped");
        return;
      }
      if (isOutside(e)) {
        defectiveSince = null;
      } else if (defectiveSince == null) {
        defectiveSince = nanoTime.getAsLong();
      }
      report(e, "A round failed; trying again");
      cleanUp(e);
      int doublings = Math.min(failures, MAX_DOUBLINGS);
      failures = doublings + 1;
      boolean unused = awaitStop(FIRST_PAUSE.multipliedBy(1L << doublings));
    }
  }

  private void cleanUp(Throwable failure) {
    try {
      afterFailure.accept(failure);
    } catch (Throwable e) {
      report(e, "A loop could not clean up after a failed round");
    }
  }

  private boolean awaitStop(Duration longest) throws InterruptedException {
    return stopped.await(longest.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Waits within a round, unless the loop is stopped meanwhile. */
  public void rest(Duration time) throws InterruptedException {
    boolean unused = awaitStop(time);
  }

  /** Kafka or another part is away, or refuses us. */
  private static boolean isOutside(Throwable e) {
    return e instanceof KafkaException || e instanceof UnavailableException;
  }

  /** With a full heap even this may fail; the loop goes on all the same. */
  private void report(Throwable e, String what) {
    try {
      (isOutside(e) ? LOGGER.atWarn() : LOGGER.atError())
          .setCause(isOutside(e) && !LOGGER.isDebugEnabled() ? null : e)
          .addKeyValue("loop", name)
          .addKeyValue(LogKeys.ERROR, e.toString())
          .log(what);
    } catch (Error again) {
      // Nobody can be told; alive() says it.
    }
  }

  /** A round that takes long says that it goes on. */
  public void signOfLife() {
    lastSign = nanoTime.getAsLong();
  }

  /**
   * Whether the thread is alive, has shown a sign of life within minutes, and has not failed for a
   * minute on end by a fault of our own. One that was told to stop counts as alive.
   */
  public boolean alive() {
    long now = nanoTime.getAsLong();
    Long since = defectiveSince;
    return isStopping()
        || (thread.isAlive()
            && now - lastSign < LONGEST_SILENCE.toNanos()
            && (since == null || now - since < LONGEST_DEFECT.toNanos()));
  }

  /** Begins no more rounds. */
  public void stop() {
    stopped.countDown();
  }

  public boolean isStopping() {
    return stopped.getCount() == 0;
  }

  /** Waits up to {@code longest} for the thread's end; says whether it has ended. */
  public boolean join(Duration longest) {
    try {
      thread.join(Math.max(1, longest.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
