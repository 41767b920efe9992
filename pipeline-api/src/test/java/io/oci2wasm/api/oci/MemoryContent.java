package io.oci2wasm.api.oci;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Documents in memory, and a record of which were read. */
final class MemoryContent implements ImageContent {
  private final Map<Sha256Digest, byte[]> documents = new HashMap<>();
  final List<Sha256Digest> read = new ArrayList<>();

  Descriptor add(String mediaType, String document) {
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    Descriptor descriptor = new Descriptor(mediaType, Sha256Digest.of(bytes), bytes.length);
    documents.put(descriptor.digest(), bytes);
    return descriptor;
  }

  /** An image without layers for {@code os/architecture}. */
  Descriptor image(String os, String architecture) {
    Descriptor config =
        add(
            MediaTypes.OCI_CONFIG,
            "{\"os\":\"%s\",\"architecture\":\"%s\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
                .formatted(os, architecture));
    return add(
        MediaTypes.OCI_MANIFEST,
        "{\"schemaVersion\":2,\"config\":%s,\"layers\":[]}".formatted(json(config)));
  }

  Descriptor index(String... children) {
    return add(
        MediaTypes.OCI_INDEX,
        "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", children) + "]}");
  }

  static String json(Descriptor descriptor) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(descriptor.mediaType(), descriptor.digest(), descriptor.size());
  }

  /** A child of an index that states {@code more} members of its own. */
  static String child(Descriptor descriptor, String more) {
    String plain = json(descriptor);
    return plain.substring(0, plain.length() - 1) + "," + more + "}";
  }

  @Override
  public byte[] manifest(Descriptor descriptor) throws RejectedException {
    read.add(descriptor.digest());
    byte[] bytes = documents.get(descriptor.digest());
    if (bytes == null) {
      throw new RejectedException(Reason.NOT_FOUND, "no document " + descriptor.digest());
    }
    OciDocuments.verify(descriptor, bytes);
    return bytes;
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws RejectedException {
    return new ByteArrayInputStream(manifest(descriptor));
  }
}
