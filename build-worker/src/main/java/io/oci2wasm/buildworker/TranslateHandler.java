package io.oci2wasm.buildworker;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.Translated;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.buildworker.step.ScratchFullException;
import io.oci2wasm.buildworker.step.TrainBundleStep;
import io.oci2wasm.buildworker.step.TrainBundleStep.Trained;
import io.oci2wasm.runtime.work.EventHandler;
import io.oci2wasm.runtime.work.Outcome;
import java.io.IOException;
import java.util.List;

/** Trains one bundle, and has the one with its translations built. */
final class TranslateHandler implements EventHandler<TranslationRequested> {
  private static final int OUTCOMES = 1;

  private final EngineCache engines;
  private final TrainBundleStep trainings;

  TranslateHandler(EngineCache engines, TrainBundleStep trainings) {
    this.engines = engines;
    this.trainings = trainings;
  }

  @Override
  public Outcome handle(TranslationRequested event) throws InterruptedException {
    try {
      Trained trained = trainings.call(event, engines.engine(event.platform()));
      return new Outcome.Done(List.of(resolved(event, trained)));
    } catch (RejectedException e) {
      return Outcome.Rejected.of(e);
    } catch (IOException e) {
      return Outcome.of(
          e, e instanceof ScratchFullException ? Reason.SCRATCH_LIMIT : Reason.INTERNAL);
    }
  }

  private static PlatformResolved resolved(TranslationRequested event, Trained trained) {
    Training training = event.training();
    boolean vectors = training.wantsVectors();
    return new PlatformResolved(
        event.requestId(),
        event.lane(),
        event.image(),
        event.platform(),
        event.manifest(),
        OUTCOMES,
        null,
        event.choice(),
        event.optionsOrNone().translated(trained.log(), vectors),
        event.materialize(),
        null,
        new Translated(event.conversionId(), training.commands(), vectors, trained.fasterBy()));
  }

  @Override
  public PipelineEvent ending(TranslationRequested event, Reason reason, String message) {
    return Endings.ofPlatform(
        event,
        Stage.TRANSLATE,
        event.platform(),
        event.manifest().digest(),
        reason,
        message,
        OUTCOMES,
        !reason.isSkip());
  }
}
