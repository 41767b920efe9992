package io.oci2wasm.gateway.view;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleBuilt.Layers;
import io.oci2wasm.api.event.BundleBuilt.StoredBundle;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an event says about conversions (docs/FORMATS.md, "States"). */
final class EventNews {
  private final PipelineEvent event;
  private final Instant time;

  private EventNews(PipelineEvent event, Instant time) {
    this.event = event;
    this.time = time;
  }

  static List<Conversion> of(ReceivedEvent received) {
    return new EventNews(received.event(), received.time()).read();
  }

  private List<Conversion> read() {
    if (event instanceof ImagePushed) {
      return List.of(state(ConversionState.QUEUED, null));
    }
    if (event instanceof StageStarted started) {
      return started.stage() == Stage.INGEST
          ? List.of(state(ConversionState.INGESTING, null))
          : List.of();
    }
    if (event instanceof ImageIngested) {
      return List.of(state(ConversionState.RESOLVING, null));
    }
    if (event instanceof PlatformResolved resolved) {
      return List.of(state(ConversionState.BUILDING, resolved.platform()));
    }
    if (event instanceof BundleBuilt built) {
      return List.of(
          news(
              ConversionState.BUILT,
              built.platform(),
              built.conversionId(),
              built.reused(),
              built.layers(),
              null,
              null,
              built.bundle()));
    }
    if (event instanceof ConversionSkipped skipped) {
      return List.of(
          ended(ConversionState.SKIPPED, skipped.platform(), skipped.reason(), skipped.message()));
    }
    ConversionFailed failed = (ConversionFailed) event;
    return List.of(
        ended(ConversionState.FAILED, failed.platform(), failed.reason(), failed.message()));
  }

  private Conversion state(ConversionState state, @Nullable Platform platform) {
    return news(state, platform, null, null, null, null, null, null);
  }

  private Conversion ended(
      ConversionState state, @Nullable Platform platform, Reason reason, String message) {
    return news(state, platform, null, null, null, reason, message, null);
  }

  private Conversion news(
      ConversionState state,
      @Nullable Platform platform,
      @Nullable String conversionId,
      @Nullable Boolean reused,
      @Nullable Layers layers,
      @Nullable Reason reason,
      @Nullable String message,
      @Nullable StoredBundle bundle) {
    Sha256Digest manifest = event.platformManifest();
    return new Conversion(
        manifest == null ? event.requestId() : event.requestId() + "-" + manifest.shortHex(),
        event.requestId(),
        conversionId,
        event.lane(),
        event.image(),
        platform,
        manifest,
        state,
        reused,
        layers,
        reason,
        message,
        bundle,
        time,
        time);
  }
}
