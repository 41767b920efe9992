package io.oci2wasm.cli.demo;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.cli.progress.Sizes;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tells what the pipeline's events say, and waits for those that end the request. */
final class StageReport {
  private final DemoScreen screen;
  private final BlockingQueue<PipelineEvent> told = new LinkedBlockingQueue<>();

  StageReport(DemoScreen screen) {
    this.screen = screen;
  }

  /** Takes an event in the order in which it was read. */
  void on(PipelineEvent event) {
    if (event instanceof StageStarted started) {
      screen.say(started.stage().toString(), "started");
    } else if (event instanceof ImagePushed pushed) {
      screen.say("gateway", "queued: request " + pushed.requestId() + ", " + pushed.image());
    } else if (event instanceof ImageIngested ingested) {
      screen.say(
          "ingest",
          String.format(
              "in the object store: %s documents and blobs, %s fetched",
              ingested.blobs().count(), Sizes.text(ingested.blobs().bytesFetched())));
    } else if (event instanceof PlatformResolved resolved) {
      screen.say("resolve", "to convert: " + resolved.platform());
    } else if (event instanceof BundleBuilt built) {
      screen.say(
          "build",
          String.format(
              "%s built: %s in %s ms, conversion %s",
              built.platform(),
              Sizes.text(size(built.bundle())),
              built.durationMs(),
              built.conversionId().substring(0, 12)));
    }
    told.add(event);
  }

  private static long size(BundleBuilt.StoredBundle bundle) {
    BundleBuilt.StoredData data = bundle.data();
    return bundle.size() + (data == null ? 0 : data.size());
  }

  /**
   * Waits for the bundle of every platform.
   *
   * @throws RejectedException if the image was refused
   * @throws UnavailableException if nothing came of it in time
   */
  List<BundleBuilt> awaitBundles(Duration limit)
      throws RejectedException, UnavailableException, InterruptedIOException {
    long deadline = System.nanoTime() + limit.toNanos();
    List<BundleBuilt> bundles = new ArrayList<>();
    // Topics are read in no order among each other: a bundle may be known before how many there
    // are.
    int expected = Integer.MAX_VALUE;
    while (bundles.size() < expected) {
      PipelineEvent event = next(deadline);
      if (event instanceof PlatformResolved resolved) {
        expected = resolved.outcomes();
      } else if (event instanceof BundleBuilt built) {
        bundles.add(built);
      } else if (event instanceof ConversionFailed failed) {
        throw new RejectedException(failed.reason(), failed.message());
      } else if (event instanceof ConversionSkipped skipped) {
        throw new RejectedException(skipped.reason(), skipped.message());
      } else if (event == null) {
        throw new UnavailableException(
            String.format(
                "waiting for the pipeline: found %s bundles after %s s, expected one for each"
                    + " platform; run the demo again with -v for the workers' log",
                bundles.size(), limit.toSeconds()),
            null);
      }
    }
    return bundles;
  }

  private @Nullable PipelineEvent next(long deadline) throws InterruptedIOException {
    try {
      return told.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the pipeline");
    }
  }
}
