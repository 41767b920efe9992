package io.oci2wasm.ingest.source.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.ingest.source.registry.RegistryTransport.Query;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one registry has: its repositories, their tags and the tags' digests (distribution-spec 1.1,
 * "Listing Tags"; the catalog is Distribution's own, "Listing Repositories").
 */
public final class RegistryCatalog {
  /** What a page holds at most, if the registry heeds it. */
  private static final int PAGE_SIZE = 1000;

  /** Some registries answer with everything at once: 100 000 tags of full length. */
  private static final int MAX_PAGE_BYTES = 16 << 20;

  private static final int MAX_PAGES = 10_000;

  private final RegistryHost host;
  private final String registry;
  private final RegistryClient client;
  private final RegistryTransport transport;

  RegistryCatalog(
      RegistryHost host, String registry, RegistryClient client, RegistryTransport transport) {
    this.host = host;
    this.registry = registry;
    this.client = client;
    this.transport = transport;
  }

  /** Takes the names of one page after the other. */
  @FunctionalInterface
  public interface Page {
    /** Returns false if no further page is wanted. */
    boolean accept(List<String> names) throws RejectedException, IOException;
  }

  /**
   * Reads the names of all repositories.
   *
   * @throws RejectedException if the registry has no catalog or does not let us see it
   */
  public void repositories(Page page) throws RejectedException, IOException {
    read(
        TokenScope.catalog(host),
        host.catalog(PAGE_SIZE),
        "repositories",
        "listing the catalog of " + registry,
        page);
  }

  /**
   * Reads the tags of a repository.
   *
   * @throws RejectedException {@link Reason#NOT_FOUND} if there is no such repository, or it has no
   *     tag left
   */
  public void tags(String repository, Page page) throws RejectedException, IOException {
    read(
        TokenScope.pull(host, repository),
        host.tags(repository, PAGE_SIZE),
        "tags",
        "listing the tags of " + registry + "/" + repository,
        page);
  }

  /** The digest that {@code image}'s tag stands for; empty if there is no such tag any more. */
  public Optional<Sha256Digest> digest(ImageReference image) throws RejectedException, IOException {
    Query query =
        Query.head(
            host,
            TokenScope.pull(host, image.repository()),
            host.manifest(image.repository(), image.reference()),
            Map.of("Accept", RegistryClient.ACCEPT),
            "asking for the digest of " + image);
    try {
      HttpAnswer answer = transport.send(query);
      answer.body().close();
      Optional<String> header = answer.header("Docker-Content-Digest");
      return Optional.of(
          header.isPresent()
              ? Sha256Digest.parse(header.get())
              : client.manifest(image).descriptor().digest());
    } catch (RejectedException e) {
      if (e.reason() == Reason.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    } catch (IllegalArgumentException e) {
      throw new RejectedException(
          Reason.REGISTRY_UNAVAILABLE, query.doing() + ": " + e.getMessage(), e);
    }
  }

  private void read(TokenScope scope, URI first, String member, String doing, Page page)
      throws RejectedException, IOException {
    Set<URI> seen = new HashSet<>();
    Optional<URI> next = Optional.of(first);
    while (next.isPresent()) {
      URI uri = next.get();
      if (!seen.add(uri) || seen.size() > MAX_PAGES) {
        throw unexpected(doing, "pages without end", "a last page", null);
      }
      HttpAnswer answer =
          transport.send(Query.get(host, scope, uri, Map.of("Accept", "application/json"), doing));
      if (!page.accept(names(doing, member, answer))) {
        return;
      }
      next = next(doing, uri, answer);
    }
  }

  private static List<String> names(String doing, String member, HttpAnswer answer)
      throws RejectedException, IOException {
    byte[] bytes;
    try (InputStream body = answer.body()) {
      bytes = body.readNBytes(MAX_PAGE_BYTES + 1);
    } catch (UnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw new UnavailableException(
          String.format(
              "%s: found %s, while reading a list; try again later",
              doing, RegistryErrors.brokenBody(e)),
          e);
    }
    if (bytes.length > MAX_PAGE_BYTES) {
      throw unexpected(doing, "a page of over 16 MiB", "a smaller one", null);
    }
    try {
      List<String> names = new ArrayList<>();
      for (JsonNode name : Json.MAPPER.readTree(bytes).path(member)) {
        names.add(name.asText());
      }
      return names;
    } catch (JsonProcessingException e) {
      throw unexpected(doing, "no JSON", "a list of " + member, e);
    }
  }

  /** The next page lies on the registry itself, whatever host its link names. */
  private Optional<URI> next(String doing, URI page, HttpAnswer answer) throws RejectedException {
    Optional<String> target = NextLink.of(answer.headers("Link"));
    if (target.isEmpty()) {
      return Optional.empty();
    }
    try {
      // URI resolves a query alone by RFC 2396, which drops the path's last part.
      String link = target.get();
      URI resolved = page.resolve(link.startsWith("?") ? page.getRawPath() + link : link);
      String query = resolved.getRawQuery();
      return Optional.of(host.uri(resolved.getRawPath() + (query == null ? "" : "?" + query)));
    } catch (IllegalArgumentException e) {
      throw unexpected(doing, "a link to an invalid address", "one to the next page", e);
    }
  }

  private static RejectedException unexpected(
      String doing, String found, String expected, @Nullable Exception cause) {
    String message =
        doing + ": found " + found + ", expected " + expected + "; the registry is misconfigured";
    return new RejectedException(Reason.REGISTRY_UNAVAILABLE, message, cause);
  }
}
