package io.oci2wasm.ingest;

import io.oci2wasm.api.RegistryName;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.DockerConfig;
import io.oci2wasm.ingest.source.registry.Patience;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryLimits;
import io.oci2wasm.runtime.config.ByteSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which registries are contacted. Hosts are {@code HOST[:PORT]} as in image references.
 *
 * @param allow the only registries contacted
 * @param insecure those spoken to in plain HTTP; they are allowed too
 * @param dockerConfig a docker config.json with credentials; absent means anonymous
 * @param readTimeout how long an answer, or the next bytes of one, may take
 * @param totalTimeout how long one answer, or one blob, may keep us waiting altogether
 * @param attempts how often one request is sent before the registry counts as unavailable
 * @param caFile certificates (PEM) of authorities that are trusted besides the Java runtime's
 * @param limits how hard each registry is asked
 * @param hosts limits of single registries
 */
public record RegistriesConfig(
    List<String> allow,
    List<String> insecure,
    @Nullable Path dockerConfig,
    Duration connectTimeout,
    Duration readTimeout,
    Duration totalTimeout,
    int attempts,
    @Nullable Path caFile,
    Limits limits,
    Map<String, Limits> hosts) {
  public static final RegistriesConfig DEFAULT =
      new RegistriesConfig(
          List.of(),
          List.of(),
          null,
          Duration.ofSeconds(10),
          Patience.DEFAULT.silence(),
          Patience.DEFAULT.total(),
          5,
          null,
          new Limits(8, 0, new ByteSize(0), new ByteSize(16 << 10)),
          Map.of());

  /**
   * How hard a registry is asked; 0 means without limit. What is absent for one host is as for all.
   *
   * @param concurrentRequests requests at a time
   * @param requestsPerSecond requests begun in a second
   * @param bytesPerSecond what all bodies together bring in a second
   * @param leastBytesPerSecond what each body brings in a second at least, over 30 s
   */
  public record Limits(
      @Nullable Integer concurrentRequests,
      @Nullable Integer requestsPerSecond,
      @Nullable ByteSize bytesPerSecond,
      @Nullable ByteSize leastBytesPerSecond) {
    RegistryLimits over(RegistryLimits usual) {
      return new RegistryLimits(
          concurrentRequests == null ? usual.concurrentRequests() : concurrentRequests,
          requestsPerSecond == null ? usual.requestsPerSecond() : requestsPerSecond,
          bytesPerSecond == null ? usual.bytesPerSecond() : bytesPerSecond.bytes(),
          leastBytesPerSecond == null ? usual.leastBytesPerSecond() : leastBytesPerSecond.bytes());
    }
  }

  public RegistriesConfig {
    allow = normal(allow);
    insecure = normal(insecure);
    hosts =
        hosts.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    host -> new RegistryName(host.getKey()).text(), Map.Entry::getValue));
    Patience unused = Patience.of(readTimeout, totalTimeout);
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: found " + attempts + ", expected 1 or more");
    }
  }

  /** The same with these hosts named besides. */
  public RegistriesConfig and(List<String> moreAllowed, List<String> moreInsecure) {
    return new RegistriesConfig(
        joined(allow, moreAllowed),
        joined(insecure, moreInsecure),
        dockerConfig,
        connectTimeout,
        readTimeout,
        totalTimeout,
        attempts,
        caFile,
        limits,
        hosts);
  }

  private static List<String> normal(List<String> hosts) {
    return hosts.stream().map(host -> new RegistryName(host).text()).distinct().toList();
  }

  private static List<String> joined(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  /** What the registry client is given. */
  RegistryAccess access() {
    RegistryLimits usualLimits = limits.over(RegistryLimits.DEFAULT);
    RegistryAccess usual =
        RegistryAccess.of(
            Set.copyOf(allow),
            Set.copyOf(insecure),
            dockerConfig == null ? CredentialStore.NONE : DockerConfig.of(dockerConfig));
    return new RegistryAccess(
        usual.allowed(),
        usual.insecure(),
        usual.trustedRealms(),
        usual.credentials(),
        connectTimeout,
        Patience.of(readTimeout, totalTimeout),
        attempts,
        caFile,
        usualLimits,
        hosts.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, host -> host.getValue().over(usualLimits))));
  }
}
