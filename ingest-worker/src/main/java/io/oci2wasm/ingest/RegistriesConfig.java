package io.oci2wasm.ingest;

import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Which registries are contacted. Hosts are {@code HOST[:PORT]} as in image references.
 *
 * @param allow the only registries contacted
 * @param insecure those spoken to in plain HTTP; they are allowed too
 * @param attempts how often one request is sent before the registry counts as unavailable
 */
public record RegistriesConfig(
    List<String> allow,
    List<String> insecure,
    Duration connectTimeout,
    Duration readTimeout,
    int attempts) {
  public static final RegistriesConfig DEFAULT =
      new RegistriesConfig(List.of(), List.of(), Duration.ofSeconds(10), Duration.ofSeconds(60), 5);

  public RegistriesConfig {
    allow = List.copyOf(allow);
    insecure = List.copyOf(insecure);
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: found " + attempts + ", expected 1 or more");
    }
  }

  /** What the registry client is given. */
  RegistryAccess access() {
    RegistryAccess usual =
        RegistryAccess.of(Set.copyOf(allow), Set.copyOf(insecure), CredentialStore.NONE);
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
