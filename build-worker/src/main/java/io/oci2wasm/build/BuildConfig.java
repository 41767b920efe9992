package io.oci2wasm.build;

import io.oci2wasm.runtime.work.WorkerConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the build-worker is told.
 *
 * @param scratch directory for layers and modules while they are made; absent means the system's
 * @param parallelLayers layers of one image that are converted at a time; 0 means one for every two
 *     processors
 */
public record BuildConfig(WorkerConfig work, @Nullable Path scratch, int parallelLayers) {
  public static final BuildConfig DEFAULT = new BuildConfig(WorkerConfig.of(1), null, 0);

  public BuildConfig {
    if (parallelLayers < 0 || parallelLayers > 64) {
      throw new IllegalArgumentException(
          "parallelLayers: found " + parallelLayers + ", expected 0 to 64");
    }
  }
}
