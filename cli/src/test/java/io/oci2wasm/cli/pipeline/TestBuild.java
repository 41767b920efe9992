package io.oci2wasm.cli.pipeline;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.buildworker.step.BuildBundleStep;
import io.oci2wasm.buildworker.step.Claims;
import io.oci2wasm.buildworker.step.ConversionGuard;
import io.oci2wasm.buildworker.step.ConversionMetrics;
import io.oci2wasm.buildworker.step.TranslatedEngines;
import io.oci2wasm.buildworker.store.ObjectLayerStore;
import io.oci2wasm.buildworker.store.ObjectRootfsStore;
import io.oci2wasm.converter.convert.ConverterSettings;
import io.oci2wasm.converter.convert.ConverterVersion;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.convert.RootfsStore;
import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.converter.provenance.Builder;
import io.oci2wasm.converter.train.Replay;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoredImageContent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/** The build-worker's step as the worker makes it. */
final class TestBuild {
  private TestBuild() {}

  private static final class NothingHot implements Replay {
    @Override
    public byte[] run(Path module, byte[] job) {
      throw new AssertionError("no log here names what an image has");
    }

    @Override
    public void check(Path module) {
      throw new AssertionError("nothing is translated here");
    }
  }

  static BuildBundleStep step(
      ObjectStore store,
      ConverterSettings settings,
      RootfsStore filesystems,
      boolean materialize,
      ScheduledExecutorService timer) {
    ConversionMetrics metrics = new ConversionMetrics(new SimpleMeterRegistry());
    ObjectLayerStore layers = new ObjectLayerStore(store, settings.scratch(), metrics);
    return new BuildBundleStep(
        new BuildBundleStep.Tools(
            store,
            new StoredImageContent(store),
            new BuildBundleStep.Conversions(new ImageConverter(layers, settings), filesystems),
            new BuildBundleStep.Conversions(
                new ImageConverter(layers.anew(), settings), new ObjectRootfsStore(store).anew()),
            new TranslatedEngines(store, settings.scratch(), new NothingHot()),
            settings.packerVersion(),
            materialize ? Materialize.ALWAYS : Materialize.NEVER,
            ConverterVersion.builder(Builder.PIPELINE, FrameCompression.DEFAULT),
            new ConversionGuard(
                new ConversionGuard.Limits(Duration.ofHours(1), 1L << 40),
                settings.scratch(),
                timer),
            new Claims(store, Duration.ofMinutes(1), timer, Clock.systemUTC()),
            metrics,
            Clock.systemUTC()));
  }

  /** Settings by which a module of over {@code maxModuleBytes} is split. */
  static ConverterSettings splittingAbove(long maxModuleBytes, ConverterSettings usual) {
    return new ConverterSettings(
        usual.scratch(),
        usual.parallelLayers(),
        usual.limits(),
        maxModuleBytes,
        1L << 40,
        usual.compression());
  }
}
