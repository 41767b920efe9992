package io.oci2wasm.gateway.live;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A connected client of the event stream. One that falls too far behind is disconnected and
 * reconnects.
 */
public final class LiveClient implements AutoCloseable {
  static final int MAX_UNTAKEN = 64;

  private final LiveFeed feed;
  private final String at;
  private final boolean resumed;
  private final BlockingQueue<LiveMessage> untaken;
  private volatile boolean cut;

  LiveClient(LiveFeed feed, String at, boolean resumed, Collection<LiveMessage> missed) {
    this.feed = feed;
    this.at = at;
    this.resumed = resumed;
    this.untaken = new ArrayBlockingQueue<>(MAX_UNTAKEN + missed.size());
    this.untaken.addAll(missed);
  }

  /** Whether he goes on where he was; else he needs to know how everything stands. */
  public boolean isResumed() {
    return resumed;
  }

  /** The id of the last message before what {@link #next} gives. */
  public String at() {
    return at;
  }

  /** Whether nothing comes any more. */
  public boolean isCut() {
    return cut;
  }

  /** The next message, if one comes in time. */
  public Optional<LiveMessage> next(Duration patience) throws InterruptedException {
    return Optional.ofNullable(untaken.poll(patience.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** False when he has left too much lying. */
  boolean offer(LiveMessage message) {
    return untaken.size() < MAX_UNTAKEN && untaken.offer(message);
  }

  void cut() {
    cut = true;
    untaken.clear();
  }

  @Override
  public void close() {
    feed.leave(this);
  }
}
