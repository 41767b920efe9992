package io.oci2wasm.gateway.state.batch;

/** Platforms of a batch's images by state, as far as they are known. */
public record BatchPlatforms(int running, int built, int reused, int skipped, int failed) {
  static final BatchPlatforms NONE = new BatchPlatforms(0, 0, 0, 0, 0);

  BatchPlatforms negated() {
    return new BatchPlatforms(-running, -built, -reused, -skipped, -failed);
  }

  BatchPlatforms plus(BatchPlatforms other) {
    return new BatchPlatforms(
        running + other.running,
        built + other.built,
        reused + other.reused,
        skipped + other.skipped,
        failed + other.failed);
  }
}
