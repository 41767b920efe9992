package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.RegistryName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which registries are contacted, how, and as whom. Hosts are {@code HOST[:PORT]}, as in image
 * references.
 *
 * @param allowed the only registries contacted; null allows whichever an image names, which is
 *     right only where a person names it
 * @param insecure registries spoken to in plain HTTP, loopback and private addresses included
 * @param trustedRealms hosts besides the registry's own that its credentials may be sent to for a
 *     token
 * @param credentials whom to present to a registry
 * @param connectTimeout how long a connection may take
 * @param timeouts how long a registry may keep us waiting
 * @param attempts how often one request is sent before the registry counts as unavailable
 * @param caFile certificates (PEM) of authorities that are trusted besides the Java runtime's
 * @param usualLimits how hard a registry is asked that {@code limits} does not name
 */
public record RegistryAccess(
    @Nullable Set<String> allowed,
    Set<String> insecure,
    Set<String> trustedRealms,
    CredentialStore credentials,
    Duration connectTimeout,
    RegistryTimeouts timeouts,
    int attempts,
    @Nullable Path caFile,
    RegistryLimits usualLimits,
    Map<String, RegistryLimits> limits) {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final int ATTEMPTS = 5;

  /** Where the large registries that keep tokens on a host of their own keep them. */
  private static final Set<String> KNOWN_REALMS = Set.of("auth.docker.io", "gitlab.com");

  public RegistryAccess {
    allowed = allowed == null ? null : normal(allowed);
    insecure = normal(insecure);
    trustedRealms = normal(trustedRealms);
    limits =
        limits.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    host -> RegistryName.normal(host.getKey()), Map.Entry::getValue));
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: found " + attempts + ", expected 1 or more");
    }
  }

  /** Access with the usual time limits. */
  public static RegistryAccess of(
      @Nullable Set<String> allowed, Set<String> insecure, CredentialStore credentials) {
    return new RegistryAccess(
        allowed,
        insecure,
        KNOWN_REALMS,
        credentials,
        CONNECT_TIMEOUT,
        RegistryTimeouts.DEFAULT,
        ATTEMPTS,
        null,
        RegistryLimits.DEFAULT,
        Map.of());
  }

  /** The same with the authorities of {@code caFile} trusted besides. */
  public RegistryAccess trusting(@Nullable Path caFile) {
    return new RegistryAccess(
        allowed,
        insecure,
        trustedRealms,
        credentials,
        connectTimeout,
        timeouts,
        attempts,
        caFile,
        usualLimits,
        limits);
  }

  private static Set<String> normal(Set<String> hosts) {
    return hosts.stream().map(RegistryName::normal).collect(Collectors.toUnmodifiableSet());
  }

  /** An insecure registry was named by whoever configured us, so it is allowed too. */
  boolean isAllowed(String host) {
    return allowed == null || allowed.contains(host) || insecure.contains(host);
  }

  /** The hosts that somebody named, in order. */
  Stream<String> named() {
    return Stream.concat(allowed == null ? Stream.empty() : allowed.stream(), insecure.stream())
        .distinct()
        .sorted();
  }

  RegistryLimits limits(String host) {
    return limits.getOrDefault(host, usualLimits);
  }

  boolean isInsecure(String host) {
    return insecure.contains(host);
  }

  boolean trustsRealm(String host) {
    return trustedRealms.contains(host);
  }

  /** Whether somebody named this very host, so that a private address behind it is meant. */
  boolean isNamed(String host) {
    return insecure.contains(host) || (allowed != null && allowed.contains(host));
  }
}
