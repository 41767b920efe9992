package io.oci2wasm.ingest.source.archive;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.layout.LayoutFiles;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One image of {@code manifest.json} in an archive by {@code docker save} (docker's image-spec
 * v1.2, "Combined Image JSON + Filesystem Changeset Format"): paths within the archive.
 */
record DockerManifest(
    @JsonProperty("Config") String config,
    @JsonProperty("RepoTags") List<String> repoTags,
    @JsonProperty("Layers") List<String> layers) {
  static final String FILE = "manifest.json";

  DockerManifest {
    Objects.requireNonNull(config, "docker archive: found no Config");
    repoTags = repoTags == null ? List.of() : List.copyOf(repoTags);
    layers = layers == null ? List.of() : List.copyOf(layers);
  }

  /** The image named {@code tag} ({@code NAME:TAG}), or the only one if {@code tag} is null. */
  static DockerManifest find(LayoutFiles files, @Nullable String tag, String archive)
      throws RejectedException, IOException {
    List<DockerManifest> images = read(files, archive);
    List<DockerManifest> matching =
        tag == null ? images : images.stream().filter(image -> image.isNamed(tag)).toList();
    if (matching.size() != 1) {
      throw new RejectedException(
          Reason.NOT_FOUND,
          String.format(
              "looking for %s in %s: found %s, expected one; add :NAME:TAG to choose",
              tag == null ? "the image" : "image \"" + tag + "\"",
              archive,
              matching.isEmpty() ? "none among " + names(images) : names(matching)));
    }
    return matching.get(0);
  }

  private static List<DockerManifest> read(LayoutFiles files, String archive)
      throws RejectedException, IOException {
    byte[] json = files.readDocument(FILE, FILE + " of " + archive);
    try {
      return List.of(Json.MAPPER.readValue(json, DockerManifest[].class));
    } catch (JsonProcessingException | NullPointerException e) {
      throw new RejectedException(
          Reason.MANIFEST_INVALID,
          String.format(
              "reading %s of %s: found other JSON, expected docker's list of images; save"
                  + " the image again",
              FILE, archive),
          e);
    }
  }

  /** By the whole name, or by the part after the last colon where that is enough. */
  private boolean isNamed(String tag) {
    return repoTags.contains(tag) || repoTags.stream().anyMatch(name -> name.endsWith(":" + tag));
  }

  private static String names(List<DockerManifest> images) {
    String names =
        images.stream()
            .map(image -> image.repoTags().isEmpty() ? image.config() : image.repoTags().get(0))
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "no image" : names;
  }
}
