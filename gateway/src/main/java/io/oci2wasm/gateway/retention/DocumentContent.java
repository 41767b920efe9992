package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The digests that a manifest, an index or a config names. An unreadable document names nothing.
 * What nothing leads to is judged by its age alone.
 *
 * @param children manifests and indexes, or the config of a manifest
 * @param config of a manifest; null of anything else
 * @param layers as the registry served them
 * @param diffIds the layers unpacked
 */
record DocumentContent(
    List<Sha256Digest> children,
    @Nullable Sha256Digest config,
    List<Sha256Digest> layers,
    List<Sha256Digest> diffIds) {
  /** No bundle's description is larger. */
  static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  private static final DocumentContent NOTHING =
      new DocumentContent(List.of(), null, List.of(), List.of());

  DocumentContent {
    children = List.copyOf(children);
    layers = List.copyOf(layers);
    diffIds = List.copyOf(diffIds);
  }

  static DocumentContent parse(byte[] json) throws IOException {
    JsonNode document;
    try {
      document = Json.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      return NOTHING;
    }
    Set<Sha256Digest> children = new LinkedHashSet<>();
    document
        .path("manifests")
        .forEach(child -> digest(child.path("digest")).ifPresent(children::add));
    Optional<Sha256Digest> config = digest(document.path("config").path("digest"));
    config.ifPresent(children::add);
    Set<Sha256Digest> layers = new LinkedHashSet<>();
    if (config.isPresent()) {
      document.path("layers").forEach(layer -> digest(layer.path("digest")).ifPresent(layers::add));
    }
    return new DocumentContent(
        List.copyOf(children),
        config.orElse(null),
        List.copyOf(layers),
        digests(document.path("rootfs").path("diff_ids")));
  }

  /**
   * What a bundle consists of, by its own description: an engine, a training log, the prefixes of a
   * filesystem and of packed layers, and of what tells of the log. Nothing of a bundle of an
   * earlier version, which has a module of its own.
   */
  static List<String> partsOfBundle(byte[] json) throws IOException {
    JsonNode bundle;
    try {
      bundle = Json.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      return List.of();
    }
    if (!bundle.has("recipe")) {
      return List.of();
    }
    String packer = bundle.path("packer").asText();
    List<Sha256Digest> layers = digests(bundle.path("layers"));
    List<String> parts = new ArrayList<>();
    digest(bundle.path("engine").path("digest"))
        .ifPresent(engine -> parts.add(ObjectKeys.engine(engine)));
    digest(bundle.path("options").path("translation"))
        .ifPresent(
            log -> {
              parts.add(ObjectKeys.translation(log));
              digest(bundle.path("manifestDigest"))
                  .ifPresent(manifest -> parts.add(ObjectKeys.trainings(manifest, log)));
            });
    parts.add(
        group(ObjectKeys.rootfsLayout(layers, packer, bundle.path("converterVersion").asText())));
    layers.forEach(layer -> parts.add(group(ObjectKeys.layerIndex(layer, packer))));
    return parts;
  }

  private static String group(String key) {
    return key.substring(0, key.lastIndexOf('/') + 1);
  }

  /** The layers that a bundle's own description names. */
  static List<Sha256Digest> layersOfBundle(byte[] json) throws IOException {
    try {
      return digests(Json.MAPPER.readTree(json).path("layers"));
    } catch (JsonProcessingException e) {
      return List.of();
    }
  }

  private static List<Sha256Digest> digests(JsonNode values) {
    List<Sha256Digest> digests = new ArrayList<>();
    values.forEach(one -> digest(one).ifPresent(digests::add));
    return digests;
  }

  private static Optional<Sha256Digest> digest(JsonNode value) {
    try {
      return value.isTextual() ? Optional.of(Sha256Digest.parse(value.asText())) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** How much memory it takes, in digests. */
  int weight() {
    return 8 + children.size() + layers.size() + diffIds.size();
  }
}
