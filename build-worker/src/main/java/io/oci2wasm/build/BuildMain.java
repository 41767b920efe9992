package io.oci2wasm.build;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.build.convert.ConverterSettings;
import io.oci2wasm.build.convert.ConverterVersion;
import io.oci2wasm.build.convert.ImageConverter;
import io.oci2wasm.build.step.BuildBundleStep;
import io.oci2wasm.build.store.ObjectLayerStore;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoredImageContent;
import io.oci2wasm.runtime.work.ShareWorker;
import java.nio.file.Path;

/** Puts the build-worker together. */
public final class BuildMain {
  private BuildMain() {}

  /**
   * Starts the stage.
   *
   * @param scratch closed by the caller, after the worker
   */
  public static ShareWorker start(
      BuildConfig config, Scratch scratch, ObjectStore store, ShareWorker.Wiring wiring) {
    Path directory = scratch.directory();
    ConverterSettings usual = ConverterSettings.withDefaults(directory);
    ConverterSettings settings =
        new ConverterSettings(
            directory,
            config.parallelLayers() == 0 ? usual.parallelLayers() : config.parallelLayers(),
            usual.limits(),
            config.maxBundle().bytes());
    ImageConverter converter = new ImageConverter(new ObjectLayerStore(store, directory), settings);
    return ShareWorker.start(
        Stage.BUILD,
        Topics.PLATFORM_RESOLVED,
        PlatformResolved.class,
        new BuildHandler(
            new EngineShelf(),
            new BuildBundleStep(
                store,
                new StoredImageContent(store),
                converter,
                ConverterVersion.builder(config.builderId()),
                directory),
            wiring.clock()),
        wiring);
  }
}
