package io.oci2wasm.gateway.view;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an event says about a conversion (docs/FORMATS.md, "States"). */
final class EventNews {
  private static final int FIRST = 1;

  private final ReceivedEvent received;
  private final PipelineEvent event;

  private EventNews(ReceivedEvent received) {
    this.received = received;
    this.event = received.event();
  }

  static Optional<News> of(ReceivedEvent received) {
    return Optional.ofNullable(new EventNews(received).read());
  }

  private @Nullable News read() {
    if (event instanceof ImagePushed pushed) {
      return news(entry(ConversionState.QUEUED, Stage.GATEWAY), pushed.sender(), null, null, null);
    }
    if (event instanceof StageStarted started) {
      return started.stage() == Stage.INGEST
          ? news(entry(ConversionState.INGESTING, Stage.INGEST), null, null, null, null)
          : null;
    }
    if (event instanceof ImageIngested) {
      return news(entry(ConversionState.RESOLVING, Stage.RESOLVE), null, null, null, null);
    }
    if (event instanceof PlatformResolved resolved) {
      return news(
          entry(ConversionState.BUILDING, Stage.BUILD),
          null,
          resolved.outcomes(),
          resolved.platform(),
          null);
    }
    if (event instanceof BundleBuilt built) {
      Result result =
          new Result(built.conversionId(), built.reused(), built.layers(), built.bundle());
      return news(entry(ConversionState.BUILT, Stage.BUILD), null, null, built.platform(), result);
    }
    if (event instanceof ConversionSkipped skipped) {
      return news(
          end(ConversionState.SKIPPED, skipped.stage(), skipped.reason(), skipped.message()),
          null,
          skipped.outcomes(),
          skipped.platform(),
          null);
    }
    if (event instanceof ConversionFailed failed) {
      return news(
          end(ConversionState.FAILED, failed.stage(), failed.reason(), failed.message()),
          null,
          failed.outcomes(),
          failed.platform(),
          null);
    }
    return null;
  }

  private HistoryEntry entry(ConversionState state, Stage stage) {
    return new HistoryEntry(state, received.time(), stage, FIRST, null, null, null);
  }

  private HistoryEntry end(ConversionState state, Stage stage, Reason reason, String message) {
    return new HistoryEntry(state, received.time(), stage, FIRST, reason, message, null);
  }

  private News news(
      HistoryEntry entry,
      @Nullable String sender,
      @Nullable Integer outcomes,
      @Nullable Platform platform,
      @Nullable Result result) {
    Sha256Digest manifest = event.platformManifest();
    return new News(
        manifest == null ? event.requestId() : event.requestId() + "-" + manifest.shortHex(),
        event.requestId(),
        event.lane(),
        event.image(),
        sender,
        outcomes,
        platform,
        manifest,
        result,
        entry);
  }
}
