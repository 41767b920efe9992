package io.oci2wasm.ingest.source.registry;

import java.net.URI;
import java.util.Locale;
import java.util.Set;

/**
 * A registry as it is named in references, and as it is reached.
 *
 * @param name as in the image reference, lower case
 * @param authority what is connected to
 * @param scheme {@code https}, or {@code http} where configured
 */
record RegistryHost(String name, String authority, String scheme) {
  private static final String DOCKER_HUB = "docker.io";

  /** Docker Hub's references name another host than the one that serves them. */
  private static final Set<String> DOCKER_HUB_NAMES =
      Set.of(DOCKER_HUB, "index.docker.io", "registry-1.docker.io");

  private static final String DOCKER_HUB_AUTHORITY = "registry-1.docker.io";

  static RegistryHost of(String registry, RegistryAccess access) {
    String lower = registry.toLowerCase(Locale.ROOT);
    String name = DOCKER_HUB_NAMES.contains(lower) ? DOCKER_HUB : lower;
    String authority = name.equals(DOCKER_HUB) ? DOCKER_HUB_AUTHORITY : name;
    return new RegistryHost(name, authority, access.isInsecure(lower) ? "http" : "https");
  }

  /** Docker Hub keeps its own images, named without a folder, in {@code library}. */
  String path(String repository) {
    return name.equals(DOCKER_HUB) && repository.indexOf('/') < 0
        ? "library/" + repository
        : repository;
  }

  URI manifest(String repository, String reference) {
    return uri("/v2/" + path(repository) + "/manifests/" + reference);
  }

  URI blob(String repository, String digest) {
    return uri("/v2/" + path(repository) + "/blobs/" + digest);
  }

  /** Where an upload of a blob is begun. */
  URI uploads(String repository) {
    return uri("/v2/" + path(repository) + "/blobs/uploads/");
  }

  /** What names {@code digest} as its subject (distribution-spec 1.1, "Listing Referrers"). */
  URI referrers(String repository, String digest) {
    return uri("/v2/" + path(repository) + "/referrers/" + digest);
  }

  /** The first page of all repositories. */
  URI catalog(int pageSize) {
    return uri("/v2/_catalog?n=" + pageSize);
  }

  /** The first page of a repository's tags. */
  URI tags(String repository, int pageSize) {
    return uri("/v2/" + path(repository) + "/tags/list?n=" + pageSize);
  }

  URI uri(String path) {
    return URI.create(scheme + "://" + authority + path);
  }

  /** Whether {@code uri} is this registry itself, spoken to as it always is. */
  boolean serves(URI uri) {
    return scheme.equalsIgnoreCase(uri.getScheme())
        && authority.equalsIgnoreCase(uri.getRawAuthority());
  }
}
