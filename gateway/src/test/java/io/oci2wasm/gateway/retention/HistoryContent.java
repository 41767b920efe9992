package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Images that random histories are about: they share layers, and indexes share images. */
final class HistoryContent {
  /** A manifest, index or config. */
  record Document(
      Sha256Digest digest,
      String text,
      List<Sha256Digest> children,
      @Nullable Sha256Digest config,
      List<Sha256Digest> layers,
      List<Sha256Digest> diffIds) {}

  private static final Map<Sha256Digest, Document> DOCUMENTS = new HashMap<>();
  static final List<Document> IMAGES = new ArrayList<>();
  static final List<Document> INDEXES = new ArrayList<>();
  static final List<Document> ARTIFACTS = new ArrayList<>();

  static {
    for (int i = 0; i < 8; i++) {
      IMAGES.add(image("image" + i, List.of("layer" + i % 3, "layer" + i % 5)));
    }
    for (int i = 0; i < 4; i++) {
      INDEXES.add(index(List.of(IMAGES.get(i), IMAGES.get(i + 3))));
    }
    INDEXES.add(index(List.of(INDEXES.get(0), IMAGES.get(7))));
    INDEXES.add(index(List.of(INDEXES.get(4))));
    for (int i = 0; i < 3; i++) {
      ARTIFACTS.add(image("artifact" + i, List.of()));
    }
  }

  private HistoryContent() {}

  static Sha256Digest digest(String text) {
    return Sha256Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Document image(String name, List<String> layers) {
    List<String> distinct = layers.stream().distinct().toList();
    List<Sha256Digest> diffIds =
        distinct.stream().map(layer -> digest("unpacked " + layer)).toList();
    Document config =
        add(
            Map.of("author", name, "rootfs", Map.of("diff_ids", diffIds)),
            List.of(),
            null,
            List.of(),
            diffIds);
    List<Sha256Digest> blobs = distinct.stream().map(HistoryContent::digest).toList();
    return add(
        Map.of("config", named(config.digest()), "layers", named(blobs)),
        List.of(config.digest()),
        config.digest(),
        blobs,
        List.of());
  }

  private static Document index(List<Document> children) {
    List<Sha256Digest> digests = children.stream().map(Document::digest).toList();
    return add(Map.of("manifests", named(digests)), digests, null, List.of(), List.of());
  }

  private static Map<String, String> named(Sha256Digest digest) {
    return Map.of("digest", digest.toString());
  }

  private static List<Map<String, String>> named(List<Sha256Digest> digests) {
    return digests.stream().map(HistoryContent::named).toList();
  }

  private static Document add(
      Map<String, ?> json,
      List<Sha256Digest> children,
      @Nullable Sha256Digest config,
      List<Sha256Digest> layers,
      List<Sha256Digest> diffIds) {
    try {
      // The same digests for the same seed: the order of a Map.of differs from run to run.
      String text = Json.MAPPER.writeValueAsString(new TreeMap<>(json));
      Sha256Digest digest = Sha256Digest.of(text.getBytes(StandardCharsets.UTF_8));
      Document document = new Document(digest, text, children, config, layers, diffIds);
      DOCUMENTS.put(document.digest(), document);
      return document;
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  static Document document(Sha256Digest digest) {
    return Objects.requireNonNull(DOCUMENTS.get(digest));
  }

  /** The platform manifests that a document leads to. */
  static List<Document> manifests(Document root) {
    if (root.config() != null) {
      return List.of(root);
    }
    return root.children().stream()
        .flatMap(child -> manifests(document(child)).stream())
        .distinct()
        .toList();
  }

  /** The layers that an image's config names. */
  static List<Sha256Digest> layers(Document manifest) {
    return all(manifest).stream().flatMap(one -> one.diffIds().stream()).toList();
  }

  /** Everything that a document leads to, itself too. */
  static List<Document> all(Document root) {
    List<Document> all = new ArrayList<>(List.of(root));
    root.children().forEach(child -> all.addAll(all(document(child))));
    return all.stream().distinct().toList();
  }
}
