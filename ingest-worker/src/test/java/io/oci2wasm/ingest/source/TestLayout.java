package io.oci2wasm.ingest.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageIndex;
import io.oci2wasm.api.oci.ImageManifest;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/** An OCI layout with images of one layer, written to a folder. */
public final class TestLayout {
  private final Path folder;
  private final List<Descriptor> images = new ArrayList<>();

  public TestLayout(Path folder) {
    this.folder = folder;
  }

  /** Adds an image for linux/riscv64 whose only file is {@code /name}, under {@code tag}. */
  public Descriptor addImage(@Nullable String tag, String name) throws IOException {
    byte[] layer = layer(name);
    Descriptor config = put(MediaTypes.OCI_CONFIG, config(layer));
    ImageManifest manifest =
        new ImageManifest(
            2, MediaTypes.OCI_MANIFEST, null, config, List.of(put(MediaTypes.OCI_LAYER, layer)));
    Descriptor image = put(MediaTypes.OCI_MANIFEST, Json.MAPPER.writeValueAsBytes(manifest));
    images.add(
        new Descriptor(
            image.mediaType(),
            image.digest(),
            image.size(),
            null,
            tag == null ? Map.of() : Map.of("org.opencontainers.image.ref.name", tag)));
    return image;
  }

  /** Writes {@code index.json}. */
  public Path write() throws IOException {
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(
        folder.resolve("index.json"),
        Json.MAPPER.writeValueAsBytes(new ImageIndex(2, MediaTypes.OCI_INDEX, images)));
    return folder;
  }

  private Descriptor put(String mediaType, byte[] content) throws IOException {
    Sha256Digest digest = Sha256Digest.of(content);
    Path blobs = Files.createDirectories(folder.resolve("blobs/sha256"));
    Files.write(blobs.resolve(digest.hex()), content);
    return new Descriptor(mediaType, digest, content.length);
  }

  /** A config for {@code layer}, an uncompressed tar. */
  public static byte[] config(byte[] layer) {
    return ("{\"os\":\"linux\",\"architecture\":\"riscv64\",\"rootfs\":{\"type\":\"layers\","
            + "\"diff_ids\":[\""
            + Sha256Digest.of(layer)
            + "\"]}}")
        .getBytes(UTF_8);
  }

  /** A layer with one file that holds its own name. */
  public static byte[] layer(String name) throws IOException {
    return tar(Map.of(name, name.getBytes(UTF_8)));
  }

  /** A tar of files by name, in the map's order. */
  public static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** A tar of a folder's files. */
  public static byte[] tarOf(Path folder) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(path).toString(), Files.readAllBytes(path));
      }
    }
    return tar(files);
  }
}
