package io.oci2wasm.resolve;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImageIngested.PlatformFailure;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.ImagePlatforms;
import io.oci2wasm.api.oci.ImagePlatforms.LeftOut;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.runtime.work.EventHandler;
import io.oci2wasm.runtime.work.IngestAgain;
import io.oci2wasm.runtime.work.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns one ingested image into one event for each of its platforms. */
final class ResolveHandler implements EventHandler<ImageIngested> {
  private final ImageContent content;
  private final ConversionRules rules;
  private final IngestAgain again;

  ResolveHandler(ImageContent content, ConversionRules rules, IngestAgain again) {
    this.content = content;
    this.rules = rules;
    this.again = again;
  }

  @Override
  public Outcome handle(ImageIngested event) {
    try {
      return resolve(event);
    } catch (RejectedException e) {
      return again.outcome(event, e);
    } catch (IOException e) {
      return Outcome.of(e, Reason.INTERNAL);
    }
  }

  private Outcome resolve(ImageIngested event) throws RejectedException, IOException {
    ImagePlatforms platforms =
        ImageWalk.select(event.root(), content, rules.selection(event.image(), event.choice()));
    Map<Sha256Digest, PlatformFailure> failures =
        event.failures().stream()
            .collect(
                Collectors.toMap(
                    failure -> failure.manifest().digest(), Function.identity(), (a, b) -> a));
    Optional<LeftOut> lost =
        platforms.leftOut().stream().filter(child -> isLost(child, failures)).findFirst();
    if (lost.isPresent()) {
      Optional<Outcome> back = again.sendBack(event, lost.get().message());
      if (back.isPresent()) {
        return back.get();
      }
    }
    int outcomes = platforms.wanted().size() + platforms.leftOut().size();
    List<PipelineEvent> events = new ArrayList<>();
    for (PlatformImage image : platforms.wanted()) {
      PlatformFailure failure = failures.get(image.descriptor().digest());
      events.add(
          failure == null
              ? resolved(event, image, outcomes)
              : failed(event, image.platform(), failure, outcomes));
    }
    for (LeftOut child : platforms.leftOut()) {
      PlatformFailure failure = failures.get(child.descriptor().digest());
      events.add(
          failure == null
              ? leftOut(event, child, outcomes)
              : failed(event, child.platform(), failure, outcomes));
    }
    return new Outcome.Done(events);
  }

  /** Ingest names what it could not have: a child that is missing besides was there once. */
  private static boolean isLost(LeftOut child, Map<Sha256Digest, PlatformFailure> failures) {
    return child.failed()
        && child.reason() == Reason.NOT_FOUND
        && !failures.containsKey(child.descriptor().digest());
  }

  private PipelineEvent resolved(ImageIngested event, PlatformImage image, int outcomes) {
    ConversionOptions options = rules.options(event.image());
    Training training = rules.training(event.image());
    return new PlatformResolved(
        event.requestId(),
        event.lane(),
        event.image(),
        image.platform(),
        image.descriptor(),
        outcomes,
        event.batchId(),
        event.choice(),
        options.equals(ConversionOptions.NONE) ? null : options,
        rules.materialize(event.image()).orElse(null),
        training == null ? null : training.on(image.platform()),
        null);
  }

  /** Ingest knows why: here its content is only missing. */
  private static PipelineEvent failed(
      ImageIngested event, @Nullable Platform platform, PlatformFailure failure, int outcomes) {
    return Endings.ofPlatform(
        event,
        Stage.INGEST,
        platform,
        failure.manifest().digest(),
        failure.reason(),
        failure.message(),
        outcomes,
        true);
  }

  private static PipelineEvent leftOut(ImageIngested event, LeftOut child, int outcomes) {
    return Endings.ofPlatform(
        event,
        Stage.RESOLVE,
        child.platform(),
        child.descriptor().digest(),
        child.reason(),
        child.message(),
        outcomes,
        child.failed());
  }

  @Override
  public PipelineEvent ending(ImageIngested event, Reason reason, String message) {
    return Endings.ofRequest(event, Stage.RESOLVE, reason, message);
  }
}
