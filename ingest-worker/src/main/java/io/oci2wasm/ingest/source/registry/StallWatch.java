package io.oci2wasm.ingest.source.registry;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends an exchange in which the other side keeps us waiting: says nothing, sends or takes hardly
 * anything, or takes too long altogether. A socket's own time limit is for each read, so that a
 * host which sends a byte now and then would keep us, and knows none for writing.
 *
 * <p>Time counts from each {@link #awaitAnswer} or {@link #awaitBytes} to the next {@link #moved}
 * or {@link #rest}; that for bytes counts for their rate.
 */
final class StallWatch implements AutoCloseable {
  /** How often a watch looks that has little to wait for. */
  private static final long SHORTEST_TURN = TimeUnit.MILLISECONDS.toNanos(100);

  private enum Wait {
    NONE,
    ANSWER,
    BYTES
  }

  private final RegistryTimeouts timeouts;
  private final long leastBytesPerSecond;
  private final Runnable end;
  private Wait wait = Wait.NONE;
  private long since;
  private long waited;

  /** Of the waiting, what was for bytes; and how much of that there was when the window began. */
  private long bytesWaited;

  private long windowBegan;
  private long windowBytes;
  private boolean steady;
  private @Nullable IOException verdict;
  private boolean hungUp;
  private boolean closed;
  private CompletableFuture<Void> turn = new CompletableFuture<>();

  private StallWatch(RegistryTimeouts timeouts, long leastBytesPerSecond, Runnable end) {
    this.timeouts = timeouts;
    this.leastBytesPerSecond = leastBytesPerSecond;
    this.end = end;
  }

  /**
   * Runs {@code end} when a timeout is over, unless it is closed before.
   *
   * @param leastBytesPerSecond what is moved in each window on average; 0 means anything will do
   */
  static StallWatch start(RegistryTimeouts timeouts, long leastBytesPerSecond, Runnable end) {
    StallWatch watch = new StallWatch(timeouts, leastBytesPerSecond, end);
    watch.judge();
    return watch;
  }

  /** We wait for an answer's beginning from now on. */
  synchronized void awaitAnswer() {
    await(Wait.ANSWER);
  }

  /** We wait for bytes to come or to be taken from now on. */
  synchronized void awaitBytes() {
    await(Wait.BYTES);
  }

  private void await(Wait next) {
    leave(0);
    wait = next;
    since = System.nanoTime();
  }

  /** So many bytes came or were taken: we do not wait any more. */
  synchronized void moved(long bytes) {
    leave(bytes);
  }

  /** We have something else to do. */
  synchronized void rest() {
    leave(0);
  }

  private void leave(long bytes) {
    long now = System.nanoTime();
    check(now);
    long took = wait == Wait.NONE ? 0 : now - since;
    waited += took;
    if (wait == Wait.BYTES) {
      bytesWaited += took;
      windowBytes += bytes;
      steady |= windowBytes >= enough();
    }
    wait = Wait.NONE;
  }

  private long enough() {
    return timeouts.enough(leastBytesPerSecond);
  }

  /** Judges the wait that goes on. */
  private void check(long now) {
    if (wait == Wait.NONE) {
      return;
    }
    long took = now - since;
    if (took >= timeouts.silence().toNanos()) {
      condemn(
          new SocketTimeoutException(
              "no answer for " + timeouts.silence().toMillis() / 1000.0 + " s"));
    } else if (waited + took >= timeouts.total().toNanos()) {
      condemn(tooLong(timeouts, steady));
    } else if (wait == Wait.BYTES) {
      endWindow(bytesWaited + took);
    }
  }

  private void endWindow(long now) {
    long length = now - windowBegan;
    if (length < timeouts.window().toNanos()) {
      return;
    }
    if (windowBytes < enough()) {
      condemn(slow(windowBytes, length));
    }
    windowBegan = now;
    windowBytes = 0;
  }

  private void condemn(IOException sentence) {
    if (verdict == null && !closed) {
      verdict = sentence;
    }
  }

  private SlowRegistryException slow(long bytes, long nanos) {
    return new SlowRegistryException(
        String.format(
            "%s bytes in %s s, expected %s a second (registries.limits.leastBytesPerSecond)",
            bytes, TimeUnit.NANOSECONDS.toMillis(nanos) / 1000.0, leastBytesPerSecond),
        steady);
  }

  static SlowRegistryException tooLong(RegistryTimeouts timeouts, boolean steady) {
    return new SlowRegistryException(
        String.format(
            "it unfinished after %s s of waiting, expected an end by then"
                + " (registries.totalTimeout)",
            timeouts.total().toMillis() / 1000.0),
        steady);
  }

  private void judge() {
    CompletableFuture<Void> next = new CompletableFuture<>();
    long left;
    synchronized (this) {
      check(System.nanoTime());
      if (closed || verdict != null) {
        left = 0;
      } else {
        left = Math.max(leftNanos(System.nanoTime()), SHORTEST_TURN);
        turn = next;
      }
    }
    if (left > 0) {
      var unused =
          next.orTimeout(left, TimeUnit.NANOSECONDS)
              .whenComplete(
                  (nothing, timeout) -> {
                    if (timeout != null) {
                      judge();
                    }
                  });
    } else {
      hangUp();
    }
  }

  private void hangUp() {
    synchronized (this) {
      if (closed) {
        return;
      }
      hungUp = true;
    }
    end.run();
  }

  /** When a timeout can be over at the earliest. */
  private long leftNanos(long now) {
    long took = wait == Wait.NONE ? 0 : now - since;
    long left =
        Math.min(timeouts.silence().toNanos() - took, timeouts.total().toNanos() - waited - took);
    return leastBytesPerSecond == 0 || wait == Wait.ANSWER
        ? left
        : Math.min(left, windowBegan + timeouts.window().toNanos() - bytesWaited - took);
  }

  /** Why the exchange was ended, if it was. */
  synchronized @Nullable IOException verdict() {
    return verdict;
  }

  /**
   * Why the exchange failed: our verdict where there is one, else what we were told. A socket may
   * time out before our own turn comes, so the wait is judged once more.
   */
  synchronized IOException verdictOr(IOException told) {
    rest();
    return verdict == null ? told : verdict;
  }

  /** Whether that ended it, and not the other side. */
  synchronized boolean hungUp() {
    return hungUp;
  }

  @Override
  public synchronized void close() {
    closed = true;
    turn.complete(null);
  }
}
