package io.oci2wasm.gateway.live;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.projection.ChangedIds;
import io.oci2wasm.gateway.state.summary.SummaryReader;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends changes to connected clients: conversions at most twice a second, batches at most once, and
 * counts every few seconds. It does nothing while no client is connected.
 */
public final class LiveUpdates implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(LiveUpdates.class);
  private static final Duration EVERY = Duration.ofMillis(500);
  private static final int ROUNDS_PER_BATCHES = 2;
  private static final int ROUNDS_PER_SUMMARY = 6;

  private final LiveFeed feed = new LiveFeed();
  private final LiveState state;
  private final LiveBatches batches;
  private final Set<String> changedRequests = new LinkedHashSet<>();
  private final Set<String> changedBatches = new LinkedHashSet<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "live-updates");

  private LiveUpdates(LiveState state, LiveBatches batches) {
    this.state = state;
    this.batches = batches;
    thread.setDaemon(true);
  }

  /** Starts telling. */
  public static LiveUpdates start(
      ConversionReader conversions,
      SummaryReader summaries,
      BatchReader batches,
      QueueMonitor queues) {
    LiveUpdates updates =
        new LiveUpdates(
            new LiveState(conversions, summaries, batches, queues), new LiveBatches(batches));
    queues.listen(levels -> updates.feed.publish("queues", LiveState.json(levels)));
    updates.thread.start();
    return updates;
  }

  /** Whether it goes on telling; false after {@link #close}. */
  public boolean alive() {
    return thread.isAlive();
  }

  public LiveFeed feed() {
    return feed;
  }

  /** How everything stands, for a client that has not been there. */
  public String snapshot() throws UnavailableException {
    return state.snapshot();
  }

  /** These batches and requests, or conversions of theirs, have changed. */
  public synchronized void changed(ChangedIds touched) {
    changedRequests.addAll(touched.requests());
    changedBatches.addAll(touched.batches());
  }

  private synchronized ChangedIds takeChanged() {
    ChangedIds taken = new ChangedIds(changedRequests, changedBatches);
    changedRequests.clear();
    changedBatches.clear();
    return taken;
  }

  private void run() {
    try {
      for (int round = 0; !stopped.await(EVERY.toMillis(), TimeUnit.MILLISECONDS); round++) {
        int number = round;
        Threads.round("live-updates", () -> tell(number)).run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(int round) {
    ChangedIds taken = takeChanged();
    try {
      if (!feed.isWatched()) {
        if (!taken.requests().isEmpty() || !taken.batches().isEmpty()) {
          feed.skip();
        }
        batches.forget();
        return;
      }
      if (!taken.requests().isEmpty()) {
        feed.publish("conversions", state.conversionsOf(taken.requests()));
      }
      batches.note(taken);
      if (round % ROUNDS_PER_SUMMARY == 0) {
        feed.publish("summary", state.summary());
        batches.noteOpen();
      }
      if (round % ROUNDS_PER_BATCHES == 0) {
        List<Batch> changed = batches.takeChanged();
        if (!changed.isEmpty()) {
          feed.publish("batches", LiveState.batches(changed));
        }
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
