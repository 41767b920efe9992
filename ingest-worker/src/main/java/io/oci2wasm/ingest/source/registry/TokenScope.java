package io.oci2wasm.ingest.source.registry;

/**
 * What a token is good for (the distribution project's "Token Scope Documentation").
 *
 * @param text the scope as the realm is asked for it, e.g. {@code repository:team/app:pull}
 * @param purpose the same for people, e.g. {@code pull registry.example/team/app}
 */
record TokenScope(String text, String purpose) {
  /** Reading one repository. */
  static TokenScope pull(RegistryHost host, String repository) {
    return new TokenScope(
        "repository:" + host.path(repository) + ":pull", "pull " + host.name() + "/" + repository);
  }

  /** Writing one repository, which no registry grants without reading. */
  static TokenScope push(RegistryHost host, String repository) {
    return new TokenScope(
        "repository:" + host.path(repository) + ":pull,push",
        "push to " + host.name() + "/" + repository);
  }

  /** Listing all repositories. */
  static TokenScope catalog(RegistryHost host) {
    return new TokenScope("registry:catalog:*", "list the catalog of " + host.name());
  }
}
