package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.work.IngestAgain;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an event says about a conversion (docs/FORMATS.md, "States"). */
public final class ConversionUpdateReader {
  private final ReceivedEvent received;
  private final PipelineEvent event;
  private final int attempt;

  private ConversionUpdateReader(ReceivedEvent received, int attempt) {
    this.attempt = attempt;
    this.received = received;
    this.event = received.event();
  }

  /** {@code attempt}: which try of what it asks for follows, from 1. */
  public static Optional<ConversionUpdate> of(ReceivedEvent received, int attempt) {
    return Optional.ofNullable(new ConversionUpdateReader(received, attempt).read());
  }

  /**
   * A replay puts what it tries again back to the start of its stage; a delivery, or what a
   * subscriber is told, changes nothing for the conversion it is about.
   */
  public static Optional<ConversionUpdate> of(EventReplayed replayed) {
    String request = replayed.requestId();
    Lane lane = replayed.lane();
    ImageReference image = replayed.image();
    if (request == null || lane == null || image == null || replayed.stage().isAfterOutcome()) {
      return Optional.empty();
    }
    Sha256Digest manifest = replayed.manifestDigest();
    HistoryEntry entry =
        new HistoryEntry(
            ConversionState.QUEUED,
            replayed.replayedAt(),
            replayed.stage(),
            1,
            null,
            null,
            replayed.deadLetterId());
    return Optional.of(
        new ConversionUpdate(
            id(request, manifest),
            request,
            new Conversion.Target(lane, image, null, manifest),
            Request.Told.NOTHING,
            null,
            List.of(),
            entry));
  }

  private static String id(String request, @Nullable Sha256Digest manifest) {
    return manifest == null ? request : request + "-" + manifest.hex();
  }

  private @Nullable ConversionUpdate read() {
    if (event instanceof ImagePushed pushed) {
      String sender = pushed.sender().equals(IngestAgain.SENDER) ? null : pushed.sender();
      return update(waiting(Stage.INGEST), new Request.Told(sender, null, null), null, null);
    }
    if (event instanceof StageStarted started) {
      return started(started);
    }
    if (event instanceof ImageIngested ingested) {
      Request.Told told = new Request.Told(null, null, ingested.blobs().bytesFetched());
      return update(waiting(Stage.RESOLVE), told, null, null);
    }
    if (event instanceof PlatformResolved resolved) {
      return update(waiting(Stage.BUILD), outcomes(resolved.outcomes()), resolved.platform(), null);
    }
    if (event instanceof TranslationRequested requested) {
      Request.Told told = new Request.Told(TranslationRequested.SENDER, 1, null);
      return update(waiting(Stage.TRANSLATE), told, requested.platform(), null);
    }
    if (event instanceof BundleBuilt built) {
      HistoryEntry entry = entry(ConversionState.BUILT, Stage.BUILD, attempt);
      return update(entry, Request.Told.NOTHING, built.platform(), Result.of(built));
    }
    if (event instanceof ConversionSkipped skipped) {
      return update(
          end(ConversionState.SKIPPED, skipped.stage(), skipped.reason(), skipped.message()),
          outcomes(skipped.outcomes()),
          skipped.platform(),
          null);
    }
    if (event instanceof ConversionFailed failed) {
      return update(
          end(ConversionState.FAILED, failed.stage(), failed.reason(), failed.message()),
          outcomes(failed.outcomes()),
          failed.platform(),
          null);
    }
    return null;
  }

  /** Older workers do not say which platform they build: nothing can be told of it. */
  private @Nullable ConversionUpdate started(StageStarted started) {
    ConversionState state =
        switch (started.stage()) {
          case INGEST -> ConversionState.INGESTING;
          case RESOLVE -> ConversionState.RESOLVING;
          case TRANSLATE -> ConversionState.TRANSLATING;
          case BUILD -> started.manifestDigest() == null ? null : ConversionState.BUILDING;
          case GATEWAY, DELIVER, NOTIFY -> null;
        };
    int attempt = started.attempt() == null ? 1 : started.attempt();
    return state == null
        ? null
        : update(entry(state, started.stage(), attempt), Request.Told.NOTHING, null, null);
  }

  private static Request.Told outcomes(@Nullable Integer outcomes) {
    return new Request.Told(null, outcomes, null);
  }

  /** In the queue of a stage, or put off until its next try. */
  private HistoryEntry waiting(Stage stage) {
    return entry(ConversionState.QUEUED, stage, attempt);
  }

  private HistoryEntry entry(ConversionState state, Stage stage, int attempt) {
    return new HistoryEntry(state, received.time(), stage, attempt, null, null, null);
  }

  private HistoryEntry end(ConversionState state, Stage stage, Reason reason, String message) {
    return new HistoryEntry(state, received.time(), stage, attempt, reason, message, null);
  }

  private ConversionUpdate update(
      HistoryEntry entry, Request.Told told, @Nullable Platform platform, @Nullable Result result) {
    Sha256Digest manifest = event.platformManifest();
    return new ConversionUpdate(
        id(event.requestId(), manifest),
        event.requestId(),
        new Conversion.Target(event.lane(), event.image(), platform, manifest),
        told,
        result,
        event instanceof ImageIngested ingested ? ingested.children() : List.of(),
        entry);
  }
}
