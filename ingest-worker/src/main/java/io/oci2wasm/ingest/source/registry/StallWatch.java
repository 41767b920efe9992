package io.oci2wasm.ingest.source.registry;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends an exchange in which nothing has moved for too long. A socket's own time limit is for each
 * read, so that a host which sends a byte now and then would keep us, and knows none for writing.
 */
final class StallWatch implements AutoCloseable {
  private final long limit;
  private final Runnable end;
  private volatile long moved = System.nanoTime();
  private volatile boolean expired;
  private volatile boolean closed;
  private volatile CompletableFuture<Void> turn = new CompletableFuture<>();

  private StallWatch(Duration limit, Runnable end) {
    this.limit = limit.toNanos();
    this.end = end;
  }

  /** Runs {@code end} when nothing moved for {@code limit}, unless it is closed before. */
  static StallWatch start(Duration limit, Runnable end) {
    StallWatch watch = new StallWatch(limit, end);
    watch.arm(watch.limit);
    return watch;
  }

  private void arm(long nanos) {
    var unused =
        turn.orTimeout(nanos, TimeUnit.NANOSECONDS)
            .whenComplete(
                (nothing, timeout) -> {
                  if (timeout != null) {
                    judge();
                  }
                });
  }

  private void judge() {
    long left = moved + limit - System.nanoTime();
    if (closed) {
      return;
    }
    if (left <= 0) {
      expired = true;
      end.run();
    } else {
      turn = new CompletableFuture<>();
      arm(left);
    }
  }

  /** Something moved. */
  void moved() {
    moved = System.nanoTime();
  }

  boolean expired() {
    return expired;
  }

  @Override
  public void close() {
    closed = true;
    turn.complete(null);
  }
}
