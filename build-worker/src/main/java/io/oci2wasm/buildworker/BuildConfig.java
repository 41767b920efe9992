package io.oci2wasm.buildworker;

import io.oci2wasm.api.BuilderId;
import io.oci2wasm.converter.provenance.Builder;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the build-worker is told. */
public record BuildConfig(
    WorkerConfig work,
    @ConfigKey(
            meaning =
                "Where layers are made; about twice the largest image. By default the "
                    + "system's temporary directory.")
        @Nullable Path scratch,
    @ConfigKey(
            meaning =
                "Layers of one image converted at a time. 0 means one for every two "
                    + "processors.",
            byDefault = "0")
        int parallelLayers,
    @ConfigKey(
            meaning =
                "Larger bundles fail with bundle-too-large; compressed layers count. Above 1g, "
                    + "which is as much as node and browsers take of a module, a bundle is split "
                    + "into a module and a data file, which count together. At most 100g.",
            byDefault = "1g")
        ByteSize maxBundle,
    @ConfigKey(
            meaning =
                "The builder in each bundle's provenance (SLSA's builder.id). Use a URI "
                    + "of yours if you vouch for this pipeline.",
            byDefault = Builder.PIPELINE)
        String builderId,
    @ConfigKey(meaning = "A conversion that takes longer fails with time-limit.", byDefault = "1h")
        Duration maxTime,
    @ConfigKey(
            meaning =
                "Scratch space of all conversions of a worker together. A conversion "
                    + "that alone needs more fails with scratch-limit. If several together "
                    + "do, the last one is tried again later.",
            byDefault = "20g")
        ByteSize maxScratch) {
  /** About what a recipe can be of ({@link io.oci2wasm.api.recipe.Recipe#MAX_BYTES}). */
  private static final long MAX_BUNDLE_BYTES = 100L << 30;

  public static final BuildConfig DEFAULT = ConfigFile.defaults(BuildConfig.class);

  public BuildConfig {
    if (parallelLayers < 0 || parallelLayers > 64) {
      throw new IllegalArgumentException(
          "parallelLayers: found " + parallelLayers + ", expected 0 to 64");
    }
    if (maxBundle.bytes() < 1 || maxBundle.bytes() > MAX_BUNDLE_BYTES) {
      throw new IllegalArgumentException("maxBundle: found " + maxBundle + ", expected 1 to 100g");
    }
    BuilderId.check(builderId);
    if (maxTime.isZero()) {
      throw new IllegalArgumentException("maxTime: found nothing, expected 1ms or more");
    }
    if (maxScratch.bytes() < 1) {
      throw new IllegalArgumentException("maxScratch: found nothing, expected 1 or more");
    }
  }

  /** The same with another directory. */
  public BuildConfig in(Path scratch) {
    return new BuildConfig(
        work, scratch, parallelLayers, maxBundle, builderId, maxTime, maxScratch);
  }

  /** The same with other limits. */
  public BuildConfig limitedTo(Duration maxTime, ByteSize maxScratch) {
    return new BuildConfig(
        work, scratch, parallelLayers, maxBundle, builderId, maxTime, maxScratch);
  }

  /** The same, working otherwise. */
  public BuildConfig with(WorkerConfig work) {
    return new BuildConfig(
        work, scratch, parallelLayers, maxBundle, builderId, maxTime, maxScratch);
  }
}
