package io.oci2wasm.buildworker;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.buildworker.step.BuildBundleStep;
import io.oci2wasm.buildworker.step.Claims;
import io.oci2wasm.buildworker.step.ConversionGuard;
import io.oci2wasm.buildworker.step.ConversionMetrics;
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
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Puts the build-worker together. */
public final class BuildMain {
  private BuildMain() {}

  /**
   * Starts the stage.
   *
   * @param scratch closed by the caller, after the worker
   */
  public static ShareWorker start(
      BuildConfig config,
      BundlesConfig bundles,
      Scratch scratch,
      ObjectStore store,
      ShareWorker.Wiring wiring) {
    requireCompression();
    Path directory = scratch.directory();
    ConverterSettings usual = ConverterSettings.withDefaults(directory);
    ConverterSettings settings =
        new ConverterSettings(
            directory,
            config.parallelLayers() == 0 ? usual.parallelLayers() : config.parallelLayers(),
            usual.limits(),
            usual.maxModuleBytes(),
            config.maxBundle().bytes(),
            usual.compression());
    ConversionMetrics metrics = new ConversionMetrics(wiring.metrics());
    ObjectLayerStore layers = new ObjectLayerStore(store, directory, metrics);
    ObjectRootfsStore filesystems = new ObjectRootfsStore(store);
    ScheduledExecutorService timer = Executors.newScheduledThreadPool(2, BuildMain::daemon);
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
