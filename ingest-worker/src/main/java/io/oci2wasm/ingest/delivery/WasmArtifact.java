package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.Document;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A bundle as an artifact in a registry (CNCF TAG Runtime, "Wasm OCI Artifact layout"; image-spec
 * 1.1, "Guidelines for Artifact Usage"). The same bundle of the same image has the same bytes.
 */
final class WasmArtifact {
  private static final String AUTHOR = "oci2wasm";
  private static final String ARCHITECTURE = "wasm";
  private static final String OS = "wasip1";

  /** Under which name tools write the layer to a file. */
  private static final Map<String, String> TITLE =
      Map.of("org.opencontainers.image.title", "bundle.wasm");

  @JsonPropertyOrder({"created", "author", "architecture", "os", "layerDigests"})
  private record Config(
      Instant created, String author, String architecture, String os, List<String> layerDigests) {}

  @JsonPropertyOrder({"mediaType", "digest", "size", "annotations"})
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  private record Link(
      String mediaType, Sha256Digest digest, long size, Map<String, String> annotations) {
    static Link to(Descriptor descriptor, Map<String, String> annotations) {
      return new Link(descriptor.mediaType(), descriptor.digest(), descriptor.size(), annotations);
    }
  }

  @JsonPropertyOrder({"schemaVersion", "mediaType", "config", "layers", "subject", "annotations"})
  private record Manifest(
      int schemaVersion,
      String mediaType,
      Link config,
      List<Link> layers,
      Link subject,
      Map<String, String> annotations) {}

  private final Document manifest;
  private final Document config;
  private final Descriptor module;
  private final Map<String, String> annotations;

  private WasmArtifact(
      Document manifest, Document config, Descriptor module, Map<String, String> annotations) {
    this.manifest = manifest;
    this.config = config;
    this.module = module;
    this.annotations = annotations;
  }

  /**
   * The artifact of a bundle.
   *
   * @param subject the platform manifest it was made from
   * @param module digest and size of the bundle
   * @param annotations what tells this artifact from others of the same subject
   */
  static WasmArtifact of(
      Descriptor subject, Sha256Digest module, long size, Map<String, String> annotations) {
    Descriptor layer = new Descriptor(MediaTypes.WASM_LAYER, module, size);
    Document config =
        Document.of(
            MediaTypes.WASM_CONFIG,
            json(new Config(Instant.EPOCH, AUTHOR, ARCHITECTURE, OS, List.of(module.toString()))));
    Map<String, String> sorted = new TreeMap<>(annotations);
    Document manifest =
        Document.of(
            MediaTypes.OCI_MANIFEST,
            json(
                new Manifest(
                    2,
                    MediaTypes.OCI_MANIFEST,
                    Link.to(config.descriptor(), Map.of()),
                    List.of(Link.to(layer, TITLE)),
                    Link.to(subject, Map.of()),
                    sorted)));
    return new WasmArtifact(manifest, config, layer, sorted);
  }

  private static byte[] json(Object document) {
    try {
      return Json.MAPPER.writeValueAsString(document).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of strings and numbers are always JSON", e);
    }
  }

  Document manifest() {
    return manifest;
  }

  Document config() {
    return config;
  }

  /** The only layer. */
  Descriptor module() {
    return module;
  }

  Map<String, String> annotations() {
    return annotations;
  }
}
