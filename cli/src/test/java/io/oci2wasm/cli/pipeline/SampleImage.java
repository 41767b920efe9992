package io.oci2wasm.cli.pipeline;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The sample image of the command, put into a repository in variations. */
final class SampleImage {
  private final TestRegistry registry;
  private final String repository;

  SampleImage(TestRegistry registry, String repository) {
    this.registry = registry;
    this.repository = repository;
  }

  /** The image for {@code architecture}; {@code comment} makes it another one. */
  Descriptor image(String architecture, String comment) throws IOException {
    JsonNode manifest = sample();
    ObjectNode config =
        (ObjectNode) Json.MAPPER.readTree(read(manifest.path("config").path("digest").asText()));
    config.put("architecture", architecture).put("author", comment);
    List<Descriptor> layers = new ArrayList<>();
    for (JsonNode layer : manifest.path("layers")) {
      layers.add(
          registry.blob(
              repository, layer.path("mediaType").asText(), read(layer.path("digest").asText())));
    }
    return manifest(Json.MAPPER.writeValueAsBytes(config), layers);
  }

  /** A config for riscv64 of an image with one word as its command. */
  static byte[] config(String command, List<Sha256Digest> diffIds) throws IOException {
    return Json.MAPPER.writeValueAsBytes(
        Map.of(
            "architecture",
            "riscv64",
            "os",
            "linux",
            "config",
            Map.of("Cmd", List.of(command)),
            "rootfs",
            Map.of("type", "layers", "diff_ids", diffIds)));
  }

  /** A manifest whose config and layers are given. */
  Descriptor manifest(byte[] config, List<Descriptor> layers) throws IOException {
    return registry.manifest(
        repository,
        MediaTypes.OCI_MANIFEST,
        Map.of(
            "schemaVersion",
            2,
            "mediaType",
            MediaTypes.OCI_MANIFEST,
            "config",
            registry.blob(repository, MediaTypes.OCI_CONFIG, config),
            "layers",
            layers));
  }

  /** An attestation as buildkit makes them. */
  Descriptor attestation() throws IOException {
    Descriptor layer =
        registry.blob(
            repository, MediaTypes.IN_TOTO, "{\"_type\":\"x\"}".getBytes(StandardCharsets.UTF_8));
    byte[] config =
        "{\"architecture\":\"unknown\",\"os\":\"unknown\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
            .getBytes(StandardCharsets.UTF_8);
    return manifest(config, List.of(layer));
  }

  /** An index of {@code children}, which state no platform. */
  Descriptor index(Descriptor... children) throws IOException {
    return registry.manifest(
        repository,
        MediaTypes.OCI_INDEX,
        Map.of(
            "schemaVersion", 2, "mediaType", MediaTypes.OCI_INDEX, "manifests", List.of(children)));
  }

  /** The sample's only layer. */
  static Descriptor layer() throws IOException {
    return Json.MAPPER.convertValue(sample().path("layers").get(0), Descriptor.class);
  }

  /** The sample's manifest: its layout's index names an index that names it. */
  private static JsonNode sample() throws IOException {
    JsonNode document = Json.MAPPER.readTree(resource("index.json"));
    while (document.has("manifests")) {
      String digest = document.path("manifests").get(0).path("digest").asText();
      document = Json.MAPPER.readTree(read(digest));
    }
    return document;
  }

  private static byte[] read(String digest) throws IOException {
    return resource("blobs/" + digest.replace(':', '/'));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in =
        requireNonNull(SampleImage.class.getResourceAsStream("/sample/" + name), name)) {
      return in.readAllBytes();
    }
  }
}
