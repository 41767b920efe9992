package io.oci2wasm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The sample image that lies in this module, and variations of it. */
public final class Samples {
  /** An OCI layout with an index, tagged {@code latest}, of linux/riscv64 and linux/amd64. */
  public static final Path LAYOUT = Path.of("src/main/resources/sample").toAbsolutePath();

  private Samples() {}

  /** A copy in {@code target} that may be changed. */
  static Path copy(Path target) throws IOException {
    try (var files = Files.walk(LAYOUT)) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(LAYOUT.relativize(file).toString());
        if (!Files.isDirectory(copy)) {
          Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    return target;
  }

  /** The same layout as {@code file}, a gzipped tar. */
  static Path archive(Path file) throws IOException {
    try (TarArchiveOutputStream tar =
            new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(file)));
        var files = Files.walk(LAYOUT)) {
      for (Path one : files.filter(Files::isRegularFile).toList()) {
        tar.putArchiveEntry(new TarArchiveEntry(one, LAYOUT.relativize(one).toString()));
        Files.copy(one, tar);
        tar.closeArchiveEntry();
      }
    }
    return file;
  }

  /** The descriptor of {@code architecture}'s manifest in the sample's index. */
  static JsonNode manifest(String architecture) throws IOException {
    JsonNode outer = Json.MAPPER.readTree(LAYOUT.resolve("index.json").toFile());
    String index = outer.path("manifests").path(0).path("digest").asText();
    for (JsonNode child : Json.MAPPER.readTree(blob(LAYOUT, index).toFile()).path("manifests")) {
      if (child.path("platform").path("architecture").asText().equals(architecture)) {
        return child;
      }
    }
    throw new IllegalArgumentException("the sample has no image for " + architecture);
  }

  /** A new image in {@code layout}: {@code architecture}'s layers, said to be for {@code other}. */
  static JsonNode imageFor(Path layout, String other, String architecture) throws IOException {
    JsonNode manifest = manifest(architecture);
    ObjectNode content = read(layout, manifest);
    ObjectNode config = read(layout, content.path("config"));
    config.put("architecture", other);
    content.set("config", write(layout, content.path("config"), config));
    ObjectNode child = write(layout, manifest, content);
    child.withObject("/platform").put("architecture", other);
    return child;
  }

  /** Writes the tar of a layer. */
  @FunctionalInterface
  public interface Layer {
    void writeTo(OutputStream tar) throws IOException;
  }

  /**
   * A copy in {@code target} of which {@code architecture}'s image has one more layer, not packed.
   */
  public static Path withLayer(Path target, String architecture, Layer layer) throws IOException {
    Path layout = copy(target);
    Path tar = target.resolve("layer.tar");
    MessageDigest sha256 = Sha256Digest.newMessageDigest();
    try (OutputStream out =
        new BufferedOutputStream(new DigestOutputStream(Files.newOutputStream(tar), sha256))) {
      layer.writeTo(out);
    }
    String digest = Sha256Digest.from(sha256.digest()).toString();
    long size = Files.size(tar);
    Files.move(tar, blob(layout, digest));
    JsonNode child = manifest(architecture);
    ObjectNode manifest = read(layout, child);
    ObjectNode config = read(layout, manifest.path("config"));
    config.withObject("/rootfs").withArray("diff_ids").add(digest);
    manifest.set("config", write(layout, manifest.path("config"), config));
    manifest
        .withArray("layers")
        .addObject()
        .put("mediaType", MediaTypes.OCI_LAYER)
        .put("digest", digest)
        .put("size", size);
    replaceIndex(layout, write(layout, child, manifest));
    return layout;
  }

  private static ObjectNode read(Path layout, JsonNode descriptor) throws IOException {
    Path file = blob(layout, descriptor.path("digest").asText());
    return (ObjectNode) Json.MAPPER.readTree(file.toFile());
  }

  /** Writes a blob; its descriptor is {@code like} another. */
  private static ObjectNode write(Path layout, JsonNode like, JsonNode content) throws IOException {
    byte[] bytes = Json.MAPPER.writeValueAsBytes(content);
    Sha256Digest digest = Sha256Digest.of(bytes);
    Files.write(blob(layout, digest.toString()), bytes);
    ObjectNode descriptor = like.deepCopy();
    return descriptor.put("digest", digest.toString()).put("size", bytes.length);
  }

  static Path blob(Path layout, String digest) {
    return layout.resolve("blobs/sha256").resolve(Sha256Digest.parse(digest).hex());
  }

  /** A child of an index for {@code platform}, whose manifest is not there. */
  static ObjectNode absentChild(String os, String architecture) {
    ObjectNode child = Json.MAPPER.createObjectNode();
    child.put("mediaType", MediaTypes.OCI_MANIFEST);
    child.put("digest", Sha256Digest.of(architecture.getBytes(UTF_8)).toString());
    child.put("size", 2);
    child.putObject("platform").put("os", os).put("architecture", architecture);
    return child;
  }

  /** Makes an index of {@code children} the only image of {@code layout}. */
  static void replaceIndex(Path layout, JsonNode... children) throws IOException {
    ObjectNode index = index(children);
    byte[] bytes = Json.MAPPER.writeValueAsBytes(index);
    Sha256Digest digest = Sha256Digest.of(bytes);
    Files.write(blob(layout, digest.toString()), bytes);
    ObjectNode descriptor = Json.MAPPER.createObjectNode();
    descriptor.put("mediaType", MediaTypes.OCI_INDEX);
    descriptor.put("digest", digest.toString());
    descriptor.put("size", bytes.length);
    Files.write(layout.resolve("index.json"), Json.MAPPER.writeValueAsBytes(index(descriptor)));
  }

  private static ObjectNode index(JsonNode... children) {
    ObjectNode index = Json.MAPPER.createObjectNode();
    index.put("schemaVersion", 2);
    index.put("mediaType", MediaTypes.OCI_INDEX);
    ArrayNode manifests = index.putArray("manifests");
    for (JsonNode child : children) {
      manifests.add(child);
    }
    return index;
  }
}
