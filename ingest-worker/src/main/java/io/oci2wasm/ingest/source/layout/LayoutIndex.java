package io.oci2wasm.ingest.source.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageIndex;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A layout's {@code index.json}: which image a tag means (image-spec 1.1, image-layout.md). */
final class LayoutIndex {
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final String layout;
  private final byte[] json;

  LayoutIndex(String layout, byte[] json) {
    this.layout = layout;
    this.json = json;
  }

  /** The image named {@code tag}, or the only one if {@code tag} is null. */
  Descriptor find(@Nullable String tag) throws RejectedException {
    List<Descriptor> images = read().manifests();
    List<Descriptor> matching =
        tag == null ? images : images.stream().filter(image -> tag.equals(nameOf(image))).toList();
    if (matching.isEmpty()) {
      throw new RejectedException(
          Reason.NOT_FOUND,
          String.format(
              "looking for %s in %s: found %s, expected it; choose one of these, or write"
                  + " the image again",
              tag == null ? "an image" : "image \"" + tag + "\"", layout, names(images)));
    }
    if (matching.stream().map(Descriptor::digest).distinct().count() > 1) {
      throw new RejectedException(
          Reason.NOT_FOUND,
          String.format(
              "looking for the image in %s: found %s, expected one; add :TAG to choose",
              layout, names(matching)));
    }
    return matching.get(0).bare();
  }

  private ImageIndex read() throws RejectedException {
    try {
      return Json.MAPPER.readValue(json, ImageIndex.class);
    } catch (JsonProcessingException e) {
      throw new RejectedException(
          Reason.MANIFEST_INVALID,
          String.format(
              "reading index.json of %s: found %s, expected an image index; write the"
                  + " layout again",
              layout, String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("no JSON")),
          e);
    } catch (IOException e) {
      throw new AssertionError("reading from memory", e);
    }
  }

  private static @Nullable String nameOf(Descriptor image) {
    return image.annotations().get(REF_NAME);
  }

  private static String names(List<Descriptor> images) {
    String names =
        images.stream()
            .map(image -> Objects.requireNonNullElse(nameOf(image), image.digest().toString()))
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "no image" : names;
  }
}
