package io.oci2wasm.ingest;

import io.oci2wasm.api.RegistryName;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.DockerConfig;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryLimits;
import io.oci2wasm.ingest.source.registry.RegistryTimeouts;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which registries are contacted. Hosts are {@code HOST[:PORT]} as in image references. */
public record RegistriesConfig(
    @ConfigKey(meaning = "No other registry is contacted.", byDefault = "[]") List<String> allow,
    @ConfigKey(meaning = "Spoken to in plain HTTP; allowed too.", byDefault = "[]")
        List<String> insecure,
    @ConfigKey(
            meaning =
                "A docker config.json with credentials. Left out: everyone is asked "
                    + "anonymously.")
        @Nullable Path dockerConfig,
    @ConfigKey(meaning = "How long a connection may take.", byDefault = "10s")
        Duration connectTimeout,
    @ConfigKey(
            meaning = "How long an answer, or the next bytes of one, may take.",
            byDefault = "60s")
        Duration readTimeout,
    @ConfigKey(
            meaning =
                "How long the registry may keep us waiting for one answer altogether, or for "
                    + "one blob to be gone on with.",
            byDefault = "6h")
        Duration totalTimeout,
    @ConfigKey(
            meaning = "How often one request is sent before the registry counts as unavailable.",
            byDefault = "5")
        int attempts,
    @ConfigKey(
            meaning =
                "Certificates (PEM) of authorities that are trusted besides the Java runtime's "
                    + "own.")
        @Nullable Path caFile,
    Limits limits,
    @ConfigKey(
            meaning = "Limits of single registries; what is left out is as above.",
            byDefault = "{}")
        Map<String, Limits> hosts) {
  public static final RegistriesConfig DEFAULT = ConfigFile.defaults(RegistriesConfig.class);

  /**
   * How hard a registry is asked; 0 means without limit. What is absent for one host is as for all.
   */
  public record Limits(
      @ConfigKey(meaning = "Requests at a time, each until its body is read.", byDefault = "8")
          @Nullable Integer concurrentRequests,
      @ConfigKey(
              meaning = "Requests begun in a second; a request's redirects and token belong to it.",
              byDefault = "0")
          @Nullable Integer requestsPerSecond,
      @ConfigKey(meaning = "What all bodies together bring in a second, e.g. 50m.", byDefault = "0")
          @Nullable ByteSize bytesPerSecond,
      @ConfigKey(
              meaning =
                  "What each body must bring, or take, in a second, averaged over 30 s of "
                      + "waiting; a slower one is given up and tried again later.",
              byDefault = "16k")
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
    RegistryTimeouts unused = RegistryTimeouts.of(readTimeout, totalTimeout);
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
        RegistryTimeouts.of(readTimeout, totalTimeout),
        attempts,
        caFile,
        usualLimits,
        hosts.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, host -> host.getValue().over(usualLimits))));
  }
}
