package io.oci2wasm.gateway.state.batch;

/** Images of a batch by state; see {@link BatchEntryState}. */
public record BatchImages(
    int total,
    int known,
    int waiting,
    int running,
    int built,
    int reused,
    int skipped,
    int failed) {
  /** Those that are not ended, nor known. */
  public int open() {
    return waiting + running;
  }

  /** Those whose requests have ended. */
  public int ended() {
    return built + reused + skipped + failed;
  }
}
