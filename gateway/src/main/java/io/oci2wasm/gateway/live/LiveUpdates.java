package io.oci2wasm.gateway.live;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.view.ConversionView;
import io.oci2wasm.gateway.view.SummaryView;
import io.oci2wasm.runtime.LogKeys;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells those who watch what changes: conversions twice a second, however often they change, and
 * counts every few seconds. Costs nothing while nobody watches.
 */
public final class LiveUpdates implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(LiveUpdates.class);
  private static final Duration EVERY = Duration.ofMillis(500);
  private static final int ROUNDS_PER_SUMMARY = 6;

  private final LiveFeed feed = new LiveFeed();
  private final LiveState state;
  private final Set<String> changed = new LinkedHashSet<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "live-updates");

  private LiveUpdates(LiveState state) {
    this.state = state;
    thread.setDaemon(true);
  }

  /** Starts telling. */
  public static LiveUpdates start(
      ConversionView conversions, SummaryView summaries, QueueMonitor queues) {
    LiveUpdates updates = new LiveUpdates(new LiveState(conversions, summaries, queues));
    queues.listen(levels -> updates.feed.publish("queues", LiveState.json(levels)));
    updates.thread.start();
    return updates;
  }

  public LiveFeed feed() {
    return feed;
  }

  /** How everything stands, for a client that has not been there. */
  public String snapshot() throws UnavailableException {
    return state.snapshot();
  }

  /** These requests, or conversions of theirs, have changed. */
  public void changed(Collection<String> requests) {
    synchronized (changed) {
      changed.addAll(requests);
    }
  }

  private Set<String> takeChanged() {
    synchronized (changed) {
      Set<String> taken = new LinkedHashSet<>(changed);
      changed.clear();
      return taken;
    }
  }

  private void run() {
    try {
      for (int round = 0; !stopped.await(EVERY.toMillis(), TimeUnit.MILLISECONDS); round++) {
        tell(round % ROUNDS_PER_SUMMARY == 0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(boolean summary) {
    Set<String> taken = takeChanged();
    try {
      if (!feed.isWatched()) {
        if (!taken.isEmpty()) {
          feed.skip();
        }
        return;
      }
      if (!taken.isEmpty()) {
        feed.publish("conversions", state.conversionsOf(taken));
      }
      if (summary) {
        feed.publish("summary", state.summary());
      }
    } catch (UnavailableException | RuntimeException e) {
      changed(taken);
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.toString()).log("Cannot tell what changes");
    }
  }

  @Override
  public void close() {
    feed.close();
    stopped.countDown();
    try {
      thread.join(Duration.ofSeconds(5).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
