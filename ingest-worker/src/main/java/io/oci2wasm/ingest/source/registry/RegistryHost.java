package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.RegistryName;
import java.net.URI;
import java.util.Locale;

/**
 * A registry as it is named in references, and as it is reached.
 *
 * @param name as in the image reference
 * @param authority what is connected to
 * @param scheme {@code https}, or {@code http} where configured
 */
record RegistryHost(String name, String authority, String scheme) {
  /** Docker Hub's references name another host than the one that serves them. */
  private static final String DOCKER_HUB_AUTHORITY = "registry-1.docker.io";

  static RegistryHost of(String registry, RegistryAccess access) {
    RegistryName name = new RegistryName(registry);
    String authority = name.isDockerHub() ? DOCKER_HUB_AUTHORITY : name.text();
    return new RegistryHost(
        name.text(), authority, access.isInsecure(name.text()) ? "http" : "https");
  }

  /** The repository as the registry itself names it. */
  String path(String repository) {
    return new RegistryName(name).repository(repository);
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
    return scheme.equalsIgnoreCase(uri.getScheme()) && authority.equals(authority(uri));
  }

  /** Host and port of {@code uri} as hosts are compared: without the port that its scheme has. */
  static String authority(URI uri) {
    String text = String.valueOf(uri.getRawAuthority()).toLowerCase(Locale.ROOT);
    String usual = "http".equalsIgnoreCase(uri.getScheme()) ? ":80" : ":443";
    return text.endsWith(usual) ? text.substring(0, text.length() - usual.length()) : text;
  }
}
