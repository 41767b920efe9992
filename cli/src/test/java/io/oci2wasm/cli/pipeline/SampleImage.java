package io.oci2wasm.cli.pipeline;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** The sample image of the command, put into a repository in variations. */
final class SampleImage {
  private final TestRegistry registry;
  private final String repository;

  SampleImage(TestRegistry registry, String repository) {
    this.registry = registry;
    this.repository = repository;
  }

  /**
   * The image for riscv64 with other layers: its own one as a layer that no other {@code base} has,
   * though with the same files, and what lies on it, as tar archives.
   */
  Descriptor imageOn(String base, byte[]... above) throws IOException {
    List<byte[]> archives = new ArrayList<>();
    archives.add(base(base));
    archives.addAll(List.of(above));
    List<Descriptor> layers = new ArrayList<>();
    List<Sha256Digest> diffIds = new ArrayList<>();
    for (byte[] archive : archives) {
      layers.add(registry.blob(repository, MediaTypes.OCI_LAYER, archive));
      diffIds.add(Sha256Digest.of(archive));
    }
    return manifest(config("sh", diffIds), layers);
  }

  /** The sample's layer with a name in what follows the end of its archive: nobody reads it. */
  static byte[] base(String name) throws IOException {
    ByteArrayOutputStream base = new ByteArrayOutputStream();
    try (InputStream in =
        new GZIPInputStream(new ByteArrayInputStream(read(layer().digest().toString())))) {
      in.transferTo(base);
    }
    base.write(Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), 512));
    return base.toByteArray();
  }

  /** A file of a layer. */
  static byte[] file(byte[] layer, String name) throws IOException {
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(layer))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().equals(name)) {
          return tar.readAllBytes();
        }
      }
    }
    throw new IOException("sample image: found no " + name);
  }

  /** Riscv64's files as an image for {@code architecture}; {@code comment} makes it another one. */
  Descriptor image(String architecture, String comment) throws IOException {
    return image(sample(), architecture, comment);
  }

  /** The image for amd64; {@code comment} makes it another one. */
  Descriptor amd64(String comment) throws IOException {
    return image(sample(1), "amd64", comment);
  }

  private Descriptor image(JsonNode manifest, String architecture, String comment)
      throws IOException {
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

  /** The sample's first manifest, for riscv64. */
  private static JsonNode sample() throws IOException {
    return sample(0);
  }

  /** A manifest of the sample: its layout's index names an index that names it. */
  private static JsonNode sample(int number) throws IOException {
    JsonNode layout = Json.MAPPER.readTree(resource("index.json"));
    return child(child(layout, 0), number);
  }

  private static JsonNode child(JsonNode index, int number) throws IOException {
    return Json.MAPPER.readTree(read(index.path("manifests").get(number).path("digest").asText()));
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
