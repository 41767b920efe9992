package io.oci2wasm.build;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.build.convert.ConverterSettings;
import io.oci2wasm.build.convert.ImageConverter;
import io.oci2wasm.build.step.BuildBundleStep;
import io.oci2wasm.build.store.ObjectLayerStore;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoredImageContent;
import io.oci2wasm.runtime.work.ShareWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts the build-worker together. */
public final class BuildMain {
  private BuildMain() {}

  /** Starts the stage. */
  public static ShareWorker start(BuildConfig config, ObjectStore store, ShareWorker.Wiring wiring)
      throws IOException {
    Path parent =
        config.scratch() != null
            ? Files.createDirectories(config.scratch())
            : Path.of(System.getProperty("java.io.tmpdir"));
    Path scratch = Files.createTempDirectory(parent, "oci2wasm-build-");
    ConverterSettings usual = ConverterSettings.withDefaults(scratch);
    ConverterSettings settings =
        config.parallelLayers() == 0
            ? usual
            : new ConverterSettings(scratch, config.parallelLayers(), usual.limits());
    ImageConverter converter = new ImageConverter(new ObjectLayerStore(store, scratch), settings);
    return ShareWorker.start(
        Stage.BUILD,
        Topics.PLATFORM_RESOLVED,
        PlatformResolved.class,
        new BuildHandler(
            new EngineShelf(),
            new BuildBundleStep(store, new StoredImageContent(store), converter, scratch),
            wiring.clock()),
        wiring);
  }
}
