package io.oci2wasm.buildworker;

import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.provenance.Builder;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the build-worker is told.
 *
 * @param scratch directory for layers and modules while they are made; absent means the system's
 * @param parallelLayers layers of one image that are converted at a time; 0 means one for every two
 *     processors
 * @param maxBundle larger bundles are refused; at most what runtimes take
 * @param builderId who converts, as a URI, in each bundle's provenance
 * @param maxTime a conversion that takes longer is refused
 * @param maxScratch what all conversions of this worker may take of {@code scratch} together
 */
public record BuildConfig(
    WorkerConfig work,
    @Nullable Path scratch,
    int parallelLayers,
    ByteSize maxBundle,
    String builderId,
    Duration maxTime,
    ByteSize maxScratch) {
  public static final BuildConfig DEFAULT =
      new BuildConfig(
          WorkerConfig.of(1),
          null,
          0,
          new ByteSize(BundleWriter.MAX_MODULE_BYTES),
          Builder.PIPELINE,
          Duration.ofHours(1),
          new ByteSize(20L << 30));

  public BuildConfig {
    if (parallelLayers < 0 || parallelLayers > 64) {
      throw new IllegalArgumentException(
          "parallelLayers: found " + parallelLayers + ", expected 0 to 64");
    }
    if (maxBundle.bytes() < 1 || maxBundle.bytes() > BundleWriter.MAX_MODULE_BYTES) {
      throw new IllegalArgumentException("maxBundle: found " + maxBundle + ", expected 1 to 1g");
    }
    Builder.checkId(builderId);
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
