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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Tells what the pipeline's events say, and waits for the one that ends the request. */
final class StageReport {
  private final DemoScreen screen;
  private final BlockingQueue<PipelineEvent> ends = new LinkedBlockingQueue<>();

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
          "in the object store: "
              + ingested.blobs().count()
              + " documents and blobs, "
              + Sizes.text(ingested.blobs().bytesFetched())
              + " fetched");
    } else if (event instanceof PlatformResolved resolved) {
      screen.say("resolve", "to convert: " + resolved.platform());
    } else if (event instanceof BundleBuilt built) {
      screen.say(
          "build",
          built.platform()
              + " built: "
              + Sizes.text(built.bundle().size())
              + " in "
              + built.durationMs()
              + " ms, conversion "
              + built.conversionId().substring(0, 12));
      ends.add(built);
    } else {
      ends.add(event);
    }
  }

  /**
   * Waits for the bundle.
   *
   * @throws RejectedException if the image was refused
   * @throws UnavailableException if nothing came of it in time
   */
  BundleBuilt awaitBundle(Duration limit)
      throws RejectedException, UnavailableException, InterruptedIOException {
    PipelineEvent end;
    try {
      end = ends.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the pipeline");
    }
    if (end instanceof BundleBuilt built) {
      return built;
    }
    if (end instanceof ConversionFailed failed) {
      throw new RejectedException(failed.reason(), failed.message());
    }
    if (end instanceof ConversionSkipped skipped) {
      throw new RejectedException(skipped.reason(), skipped.message());
    }
    throw new UnavailableException(
        "waiting for the pipeline: found no bundle after "
            + limit.toSeconds()
            + " s, expected one; run the demo again with -v for the workers' log",
        null);
  }
}
