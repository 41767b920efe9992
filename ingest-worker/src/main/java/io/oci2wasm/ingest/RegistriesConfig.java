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
    @ConfigKey(meaning = "Registries with plain HTTP. They are allowed too.", byDefault = "[]")
        List<String> insecure,
    @ConfigKey(
            meaning = "A docker config.json with credentials. Without it, all access is anonymous.")
        @Nullable Path dockerConfig,
    @ConfigKey(meaning = "Time limit to connect.", byDefault = "10s") Duration connectTimeout,
    @ConfigKey(
            meaning = "Time limit for an answer, or for the next bytes of one.",
            byDefault = "60s")
        Duration readTimeout,
    @ConfigKey(
            meaning =
                "Time limit for all waiting for one answer, or until a download can continue.",
            byDefault = "6h")
        Duration totalTimeout,
    @ConfigKey(
            meaning = "Attempts of one request before the registry counts as unavailable.",
            byDefault = "5")
        int attempts,
    @ConfigKey(
            meaning =
                "Certificates (PEM) of authorities to trust beside those of the Java runtime.")
        @Nullable Path caFile,
    Limits limits,
    @ConfigKey(
            meaning =
                "Limits of single registries. What is left out is as above. Not "
                    + "available as variables.",
            byDefault = "{}")
        Map<String, Limits> hosts) {
  public static final RegistriesConfig DEFAULT = ConfigFile.defaults(RegistriesConfig.class);

  /**
   * How hard a registry is asked; 0 means without limit. What is absent for one host is as for all.
   */
  public record Limits(
      @ConfigKey(
              meaning = "Requests at a time. A request ends when its body has been read.",
              byDefault = "8")
          @Nullable Integer concurrentRequests,
      @ConfigKey(
              meaning =
                  "Requests started per second. Redirects and the token request do not "
                      + "count separately.",
              byDefault = "0")
          @Nullable Integer requestsPerSecond,
      @ConfigKey(meaning = "Bytes per second of all bodies together, e.g. 50m.", byDefault = "0")
          @Nullable ByteSize bytesPerSecond,
      @ConfigKey(
              meaning =
                  "Least bytes per second of each body, sent or received, averaged over "
                      + "30 s of waiting. A slower one is given up and tried again later.",
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
