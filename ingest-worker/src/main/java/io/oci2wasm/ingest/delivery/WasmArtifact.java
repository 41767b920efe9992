package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
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
import org.jspecify.annotations.Nullable;

/**
 * A bundle in a registry: in one file an OCI image for WASI, which a containerd shim runs; split an
 * artifact of two layers (docs/FORMATS.md, "Delivery to registries"; image-spec 1.1, "Guidelines
 * for Artifact Usage"). The same bundle of the same image has the same bytes.
 */
final class WasmArtifact {
  /** Says of which conversion it is; nobody else's manifests have it. */
  static final String CONVERSION = "io.oci2wasm.conversion.id";

  static final String PLATFORM = "io.oci2wasm.platform";

  private static final String AUTHOR = "oci2wasm";
  private static final String ARCHITECTURE = "wasm";
  private static final String OS = "wasip1";
  private static final String MODULE_NAME = "bundle.wasm";

  /** Under which name tools write a layer to a file. */
  private static final String TITLE = "org.opencontainers.image.title";

  @JsonPropertyOrder({"created", "author", "architecture", "os", "config", "rootfs"})
  private record ImageConfig(
      Instant created,
      String author,
      String architecture,
      String os,
      Map<String, List<String>> config,
      Rootfs rootfs) {}

  /** Without layers: containerd unpacks none that is a module. */
  @JsonPropertyOrder({"type", "diff_ids"})
  private record Rootfs(String type, @JsonProperty("diff_ids") List<String> diffIds) {}

  @JsonPropertyOrder({"created", "author", "architecture", "os", "layerDigests"})
  private record ArtifactConfig(
      Instant created, String author, String architecture, String os, List<String> layerDigests) {}

  @JsonPropertyOrder({"mediaType", "digest", "size", "annotations"})
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  private record Link(
      String mediaType, Sha256Digest digest, long size, Map<String, String> annotations) {
    static Link to(Descriptor descriptor, Map<String, String> annotations) {
      return new Link(descriptor.mediaType(), descriptor.digest(), descriptor.size(), annotations);
    }

    static Link file(Descriptor layer, String name) {
      return to(layer, Map.of(TITLE, name));
    }
  }

  @JsonPropertyOrder({
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "subject",
    "annotations"
  })
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Manifest(
      int schemaVersion,
      String mediaType,
      @Nullable String artifactType,
      Link config,
      List<Link> layers,
      Link subject,
      Map<String, String> annotations) {}

  private final Document manifest;
  private final Document config;
  private final Map<String, String> annotations;

  private WasmArtifact(
      @Nullable String artifactType,
      Document config,
      List<Link> layers,
      Descriptor subject,
      Map<String, String> annotations) {
    this.config = config;
    this.annotations = new TreeMap<>(annotations);
    this.manifest =
        Document.of(
            MediaTypes.OCI_MANIFEST,
            json(
                new Manifest(
                    2,
                    MediaTypes.OCI_MANIFEST,
                    artifactType,
                    Link.to(config.descriptor(), Map.of()),
                    layers,
                    Link.to(subject, Map.of()),
                    this.annotations)));
  }

  /**
   * The image of a bundle in one file.
   *
   * @param subject the platform manifest it was made from
   * @param annotations what tells this artifact from others of the same subject
   */
  static WasmArtifact image(
      Descriptor subject, Descriptor module, Map<String, String> annotations) {
    ImageConfig config =
        new ImageConfig(
            Instant.EPOCH,
            AUTHOR,
            ARCHITECTURE,
            OS,
            Map.of("Entrypoint", List.of("/" + MODULE_NAME)),
            new Rootfs("layers", List.of()));
    return new WasmArtifact(
        MediaTypes.WASM_CONFIG,
        Document.of(MediaTypes.OCI_CONFIG, json(config)),
        List.of(Link.file(module, MODULE_NAME)),
        subject,
        annotations);
  }

  /**
   * The artifact of a split bundle.
   *
   * @param dataName by which the module looks for its data file
   */
  static WasmArtifact split(
      Descriptor subject,
      Descriptor module,
      Descriptor data,
      String dataName,
      Map<String, String> annotations) {
    ArtifactConfig config =
        new ArtifactConfig(
            Instant.EPOCH,
            AUTHOR,
            ARCHITECTURE,
            OS,
            List.of(module.digest().toString(), data.digest().toString()));
    return new WasmArtifact(
        null,
        Document.of(MediaTypes.WASM_CONFIG, json(config)),
        List.of(Link.file(module, MODULE_NAME), Link.file(data, dataName)),
        subject,
        annotations);
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

  Map<String, String> annotations() {
    return annotations;
  }
}
