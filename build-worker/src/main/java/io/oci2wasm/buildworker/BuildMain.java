package io.oci2wasm.buildworker;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.buildworker.process.ChildJvm;
import io.oci2wasm.buildworker.step.BuildBundleStep;
import io.oci2wasm.buildworker.step.Claims;
import io.oci2wasm.buildworker.step.ConversionGuard;
import io.oci2wasm.buildworker.step.ConversionMetrics;
import io.oci2wasm.buildworker.step.LearntOfLayers;
import io.oci2wasm.buildworker.step.TrainBundleStep;
import io.oci2wasm.buildworker.step.TrainingRuns;
import io.oci2wasm.buildworker.step.TranslatedEngines;
import io.oci2wasm.buildworker.store.ObjectLayerLogs;
import io.oci2wasm.buildworker.store.ObjectLayerStore;
import io.oci2wasm.buildworker.store.ObjectRootfsStore;
import io.oci2wasm.converter.convert.ConverterSettings;
import io.oci2wasm.converter.convert.ConverterVersion;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoredImageContent;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Puts the build-worker together. */
public final class BuildMain {
  private BuildMain() {}

  /**
   * Starts the stage, and the one that trains bundles.
   *
   * @param scratch of both stages; closed by the caller, after the worker
   * @param program what trains and translates in a process of its own (docs/FORMATS.md, "Trained
   *     bundles")
   */
  public static Worker start(
      BuildConfig config,
      TranslateConfig translate,
      BundlesConfig bundles,
      ScratchOfStages scratch,
      String program,
      ObjectStore store,
      ShareWorker.Wiring wiring) {
    requireCompression();
    ScheduledExecutorService timer = Executors.newScheduledThreadPool(2, BuildMain::daemon);
    ConversionMetrics metrics = new ConversionMetrics(wiring.metrics());
    return Worker.together(
        startBuild(
            config, bundles, scratch.build().directory(), program, store, wiring, metrics, timer),
        startTranslate(
            config,
            translate,
            scratch.translate().directory(),
            program,
            store,
            wiring.with(translate.work()),
            metrics,
            timer));
  }

  /** A directory for each stage: what one takes does not count for the other. */
  public record ScratchOfStages(Scratch build, Scratch translate) {}

  private static ConverterSettings settings(BuildConfig config, Path directory) {
    ConverterSettings usual = ConverterSettings.withDefaults(directory);
    return new ConverterSettings(
        directory,
        config.parallelLayers() == 0 ? usual.parallelLayers() : config.parallelLayers(),
        usual.limits(),
        usual.maxModuleBytes(),
        config.maxBundle().bytes(),
        usual.compression());
  }

  /** Each program that runs has a process of its own. */
  private static TrainingRuns runs(String program, Path directory, Duration maxTime) {
    return new TrainingRuns(new ChildJvm(program, directory.resolve("programs")), maxTime);
  }

  private static ShareWorker startTranslate(
      BuildConfig build,
      TranslateConfig config,
      Path directory,
      String program,
      ObjectStore store,
      ShareWorker.Wiring wiring,
      ConversionMetrics metrics,
      ScheduledExecutorService timer) {
    ObjectLayerStore layers = new ObjectLayerStore(store, directory, metrics);
    return ShareWorker.start(
        Stage.TRANSLATE,
        Topics.TRANSLATION_REQUESTED,
        TranslationRequested.class,
        new TranslateHandler(
            new EngineCache(),
            new TrainBundleStep(
                new TrainBundleStep.Tools(
                    store,
                    new StoredImageContent(store),
                    new ImageConverter(layers, settings(build, directory)),
                    new LearntOfLayers(store, layers, new ObjectLayerLogs(store)),
                    directory,
                    runs(program, directory, config.maxTime()),
                    config.maxMemory(),
                    new ConversionGuard(
                        new ConversionGuard.Limits(config.maxTime(), build.maxScratch().bytes()),
                        directory,
                        timer,
                        "train for a shorter time, or raise translate.maxTime")))),
        wiring);
  }

  private static ShareWorker startBuild(
      BuildConfig config,
      BundlesConfig bundles,
      Path directory,
      String program,
      ObjectStore store,
      ShareWorker.Wiring wiring,
      ConversionMetrics metrics,
      ScheduledExecutorService timer) {
    ConverterSettings settings = settings(config, directory);
    ObjectLayerStore layers = new ObjectLayerStore(store, directory, metrics);
    ObjectRootfsStore filesystems = new ObjectRootfsStore(store);
    return ShareWorker.start(
        Stage.BUILD,
        Topics.PLATFORM_RESOLVED,
        PlatformResolved.class,
        new BuildHandler(
            new EngineCache(),
            new BuildBundleStep(
                new BuildBundleStep.Tools(
                    store,
                    new StoredImageContent(store),
                    new BuildBundleStep.Conversions(
                        new ImageConverter(layers, settings), filesystems),
                    new BuildBundleStep.Conversions(
                        new ImageConverter(layers.anew(), settings), filesystems.anew()),
                    new TranslatedEngines(
                        store, directory, runs(program, directory, config.maxTime())),
                    settings.packerVersion(),
                    bundles.materialize(),
                    ConverterVersion.builder(config.builderId(), settings.compression()),
                    new ConversionGuard(
                        new ConversionGuard.Limits(config.maxTime(), config.maxScratch().bytes()),
                        directory,
                        timer),
                    new Claims(store, wiring.kafka().lockDuration(), timer, wiring.clock()),
                    metrics,
                    wiring.clock())),
            wiring.clock()),
        wiring);
  }

  /** Else every image would fail, one after the other. */
  private static void requireCompression() {
    try {
      FrameCompression.requireLibrary();
    } catch (IllegalStateException e) {
      throw new ConfigException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "build-timer");
    thread.setDaemon(true);
    return thread;
  }
}
