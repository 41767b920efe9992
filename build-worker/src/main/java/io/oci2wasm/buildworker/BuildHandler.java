package io.oci2wasm.buildworker;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.buildworker.step.BuildBundleStep;
import io.oci2wasm.buildworker.step.BuildBundleStep.StoredConversion;
import io.oci2wasm.buildworker.step.ScratchFullException;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.runtime.work.EventHandler;
import io.oci2wasm.runtime.work.IngestAgain;
import io.oci2wasm.runtime.work.Outcome;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns one platform of one image into a bundle. */
final class BuildHandler implements EventHandler<PlatformResolved> {
  private final EngineCache engines;
  private final BuildBundleStep bundles;
  private final IngestAgain again;
  private final Clock clock;

  BuildHandler(EngineCache engines, BuildBundleStep bundles, Clock clock) {
    this.engines = engines;
    this.bundles = bundles;
    this.again = new IngestAgain(clock);
    this.clock = clock;
  }

  @Override
  public Outcome handle(PlatformResolved event) throws InterruptedException {
    Instant start = clock.instant();
    try {
      StoredConversion conversion = bundles.call(event, engines.engine(event.platform()));
      List<PipelineEvent> events = new ArrayList<>();
      events.add(built(event, conversion, Duration.between(start, clock.instant())));
      if (event.training() != null) {
        events.add(
            TranslationRequested.of(
                event, conversion.description().conversionId(), event.training()));
      }
      return new Outcome.Done(events);
    } catch (RejectedException e) {
      // What ingest would bring again is an image without translations.
      return event.translated() == null ? again.outcome(event, e) : Outcome.Rejected.of(e);
    } catch (IOException e) {
      return Outcome.of(
          e, e instanceof ScratchFullException ? Reason.SCRATCH_LIMIT : Reason.INTERNAL);
    }
  }

  @Override
  public List<WorkerSeen.Engine> engines() {
    return EngineCache.all();
  }

  private static BundleBuilt built(
      PlatformResolved event, StoredConversion conversion, Duration duration) {
    BundleDescription description = conversion.description();
    return new BundleBuilt(
        event.requestId(),
        event.lane(),
        description.conversionId(),
        event.image(),
        event.platform(),
        event.manifest().digest(),
        conversion.reused(),
        new BundleBuilt.StoredBundle(
            conversion.moduleKey(),
            conversion.moduleDigest(),
            conversion.recipe().moduleSize(),
            data(description.data())),
        new BundleBuilt.StoredRecipe(conversion.recipe().digest(), conversion.recipe().size()),
        new BundleBuilt.Layers(description.layers().size(), conversion.layersConverted()),
        duration.toMillis(),
        event.translated());
  }

  private static BundleBuilt.@Nullable StoredData data(BundleDescription.@Nullable Data file) {
    return file == null ? null : new BundleBuilt.StoredData(file.file(), file.size());
  }

  @Override
  public PipelineEvent ending(PlatformResolved event, Reason reason, String message) {
    return Endings.ofPlatform(
        event,
        Stage.BUILD,
        event.platform(),
        event.manifest().digest(),
        reason,
        message,
        event.outcomes(),
        !reason.isSkip());
  }
}
