package io.oci2wasm.converter.provenance;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.oci2wasm.api.Sha256Digest;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An input or output (in-toto attestation spec v1, resource_descriptor.md): {@code digest} or
 * {@code uri} says which.
 *
 * @param digest hex by algorithm
 */
@JsonPropertyOrder({"name", "uri", "digest", "mediaType", "annotations"})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Resource(
    String name,
    @Nullable String uri,
    Map<String, String> digest,
    @Nullable String mediaType,
    Map<String, String> annotations) {
  public Resource {
    digest = digest == null ? Map.of() : Map.copyOf(digest);
    // In the order of their names: the statement is compared byte by byte.
    annotations =
        annotations == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(annotations));
    if (uri == null && digest.isEmpty()) {
      throw new IllegalArgumentException(
          "resource " + name + ": found neither uri nor digest, expected one");
    }
  }

  static Resource of(String name, Sha256Digest digest, String mediaType) {
    return of(name, digest, mediaType, Map.of());
  }

  static Resource of(
      String name, Sha256Digest digest, String mediaType, Map<String, String> annotations) {
    return new Resource(name, null, Map.of("sha256", digest.hex()), mediaType, annotations);
  }

  static Resource at(String name, String uri) {
    return new Resource(name, uri, Map.of(), null, Map.of());
  }
}
