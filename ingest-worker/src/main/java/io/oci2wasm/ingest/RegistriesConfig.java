package io.oci2wasm.ingest;

import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.DockerConfig;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which registries are contacted. Hosts are {@code HOST[:PORT]} as in image references.
 *
 * @param allow the only registries contacted
 * @param insecure those spoken to in plain HTTP; they are allowed too
 * @param dockerConfig a docker config.json with credentials; absent means anonymous
 * @param attempts how often one request is sent before the registry counts as unavailable
 */
public record RegistriesConfig(
    List<String> allow,
    List<String> insecure,
    @Nullable Path dockerConfig,
    Duration connectTimeout,
    Duration readTimeout,
    int attempts) {
  public static final RegistriesConfig DEFAULT =
      new RegistriesConfig(
          List.of(), List.of(), null, Duration.ofSeconds(10), Duration.ofSeconds(60), 5);

  public RegistriesConfig {
    allow = List.copyOf(allow);
    insecure = List.copyOf(insecure);
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
        attempts);
  }

  private static List<String> joined(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).distinct().toList();
  }

  /** What the registry client is given. */
  RegistryAccess access() {
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
        readTimeout,
        attempts);
  }
}
