package io.oci2wasm.ingest.source.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageManifest;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.layout.LayoutFiles;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An image in an archive by {@code docker save}. It has no manifest in the registry's sense, so one
 * is made that lists config and layers by the digests of their bytes; the config's digest is the
 * image's identity. Archives since docker 25 are OCI layouts too, but still have the {@code
 * manifest.json} that is read here.
 */
final class DockerArchiveSource implements ImageSource {
  private final LayoutFiles files;
  private final @Nullable String tag;
  private final String name;
  private final Map<Sha256Digest, String> paths = new HashMap<>();
  private byte @Nullable [] manifest;

  DockerArchiveSource(LayoutFiles files, @Nullable String tag, String name) {
    this.files = files;
    this.tag = tag;
    this.name = name;
  }

  @Override
  public Descriptor root() throws RejectedException, IOException {
    byte[] bytes = manifestBytes();
    return new Descriptor(MediaTypes.DOCKER_MANIFEST, Sha256Digest.of(bytes), bytes.length);
  }

  @Override
  public byte[] manifest(Descriptor descriptor) throws RejectedException, IOException {
    byte[] bytes = manifestBytes();
    OciDocuments.verify(descriptor, bytes);
    return bytes.clone();
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws RejectedException, IOException {
    String path = pathOf(descriptor.digest());
    if (path == null) {
      throw LayoutFiles.missing(descriptor.digest() + " of " + name);
    }
    return files.open(path, describeFile(path));
  }

  private synchronized @Nullable String pathOf(Sha256Digest digest) {
    return paths.get(digest);
  }

  private synchronized byte[] manifestBytes() throws RejectedException, IOException {
    byte[] bytes = manifest;
    if (bytes == null) {
      bytes = makeManifest();
      manifest = bytes;
    }
    return bytes;
  }

  private byte[] makeManifest() throws RejectedException, IOException {
    DockerManifest image = DockerManifest.find(files, tag, name);
    byte[] configBytes = files.readDocument(image.config(), describeFile(image.config()));
    Descriptor config =
        new Descriptor(MediaTypes.DOCKER_CONFIG, Sha256Digest.of(configBytes), configBytes.length);
    paths.put(config.digest(), image.config());
    List<Sha256Digest> diffIds = OciDocuments.config(config, configBytes).rootfs().diffIds();
    List<Descriptor> layers = new ArrayList<>();
    for (int i = 0; i < image.layers().size(); i++) {
      String path = image.layers().get(i);
      Sha256Digest diffId = i < diffIds.size() ? diffIds.get(i) : null;
      Descriptor layer = layer(path, diffId);
      paths.put(layer.digest(), path);
      layers.add(layer);
    }
    return write(new ImageManifest(2, MediaTypes.DOCKER_MANIFEST, null, config, layers));
  }

  /**
   * A plain layer's digest is its diffID, which the converter verifies: no need to read it twice.
   */
  private Descriptor layer(String path, @Nullable Sha256Digest diffId)
      throws RejectedException, IOException {
    long size = files.size(path, describeFile(path));
    try (InputStream in = files.open(path, describeFile(path))) {
      TarStart start = TarStart.of(in);
      Sha256Digest digest = start.isTar() && diffId != null ? diffId : start.digestWithRest(in);
      String type = start.isTar() ? MediaTypes.DOCKER_LAYER : MediaTypes.DOCKER_LAYER + ".gzip";
      return new Descriptor(type, digest, size);
    }
  }

  private static byte[] write(ImageManifest image) {
    try {
      return Json.MAPPER.writeValueAsBytes(image);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a manifest of our own can be written", e);
    }
  }

  @Override
  public Descriptor identity(PlatformImage image) {
    return image.manifest().config();
  }

  private String describeFile(String path) {
    return path + " of " + name;
  }

  @Override
  public String describe() {
    return name;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
