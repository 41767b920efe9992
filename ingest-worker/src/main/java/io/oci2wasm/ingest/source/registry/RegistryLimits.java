package io.oci2wasm.ingest.source.registry;

/**
 * How hard one registry is asked. 0 means without limit.
 *
 * @param concurrentRequests requests at a time, each until its body is read
 * @param requestsPerSecond requests begun in a second, redirects and tokens included in theirs
 * @param bytesPerSecond what all bodies together bring in a second
 * @param leastBytesPerSecond what each body must bring or take in a second, averaged over {@link
 *     RegistryTimeouts#window}; a slower one is given up
 */
public record RegistryLimits(
    int concurrentRequests, int requestsPerSecond, long bytesPerSecond, long leastBytesPerSecond) {
  public static final RegistryLimits DEFAULT = new RegistryLimits(8, 0, 0, 16 << 10);

  public RegistryLimits {
    if (concurrentRequests < 0
        || requestsPerSecond < 0
        || bytesPerSecond < 0
        || leastBytesPerSecond < 0) {
      throw new IllegalArgumentException("limits: found one below 0, expected 0 (none) or more");
    }
  }
}
