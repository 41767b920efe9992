package io.oci2wasm.gateway.state.batch;

/** Platforms of a batch's images by state, as far as they are known. */
public record BatchPlatforms(int running, int built, int reused, int skipped, int failed) {
  BatchPlatforms plus(BatchPlatforms other) {
    return new BatchPlatforms(
        running + other.running,
        built + other.built,
        reused + other.reused,
        skipped + other.skipped,
        failed + other.failed);
  }
}
