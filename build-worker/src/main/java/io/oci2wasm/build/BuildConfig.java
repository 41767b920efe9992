package io.oci2wasm.build;

import io.oci2wasm.build.bundle.BundleWriter;
import io.oci2wasm.build.provenance.Builder;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the build-worker is told.
 *
 * @param scratch directory for layers and modules while they are made; absent means the system's
 * @param parallelLayers layers of one image that are converted at a time; 0 means one for every two
 *     processors
 * @param maxBundle larger bundles are refused; at most what runtimes take
 * @param builderId who converts, as a URI, in each bundle's provenance
 */
public record BuildConfig(
    WorkerConfig work,
    @Nullable Path scratch,
    int parallelLayers,
    ByteSize maxBundle,
    String builderId) {
  public static final BuildConfig DEFAULT =
      new BuildConfig(
          WorkerConfig.of(1),
          null,
          0,
          new ByteSize(BundleWriter.MAX_MODULE_BYTES),
          Builder.PIPELINE);

  public BuildConfig {
    if (parallelLayers < 0 || parallelLayers > 64) {
      throw new IllegalArgumentException(
          "parallelLayers: found " + parallelLayers + ", expected 0 to 64");
    }
    if (maxBundle.bytes() < 1 || maxBundle.bytes() > BundleWriter.MAX_MODULE_BYTES) {
      throw new IllegalArgumentException("maxBundle: found " + maxBundle + ", expected 1 to 1g");
    }
    Builder.checkId(builderId);
  }

  /** The same with another directory. */
  public BuildConfig in(Path scratch) {
    return new BuildConfig(work, scratch, parallelLayers, maxBundle, builderId);
  }
}
