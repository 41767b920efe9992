package io.oci2wasm.api.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads OCI documents from untrusted bytes: they are verified and limited in size, or refused with
 * a reason.
 */
public final class OciDocuments {
  /**
   * Largest manifest or index accepted, as registries have it (distribution-spec 1.1, "Pushing
   * manifests").
   */
  public static final int MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

  private OciDocuments() {}

  /**
   * Checks that {@code content} is what {@code descriptor} points at.
   *
   * @throws RejectedException {@link Reason#DIGEST_MISMATCH}
   */
  public static void verify(Descriptor descriptor, byte[] content) throws RejectedException {
    Sha256Digest found = Sha256Digest.of(content);
    if (content.length != descriptor.size() || !found.equals(descriptor.digest())) {
      throw new RejectedException(
          Reason.DIGEST_MISMATCH,
          String.format(
              "reading %s %s: found %s of %s bytes, expected %s bytes of that digest; the"
                  + " registry served other content: push the image again",
              descriptor.mediaType(),
              descriptor.digest(),
              found,
              content.length,
              descriptor.size()));
    }
  }

  /** Reads an index. */
  public static ImageIndex index(Descriptor descriptor, byte[] content) throws RejectedException {
    ImageIndex index = read(descriptor, content, ImageIndex.class);
    checkSchema(descriptor, index.schemaVersion(), index.mediaType());
    return index;
  }

  /** Reads an image manifest. */
  public static ImageManifest manifest(Descriptor descriptor, byte[] content)
      throws RejectedException {
    ImageManifest manifest = read(descriptor, content, ImageManifest.class);
    checkSchema(descriptor, manifest.schemaVersion(), manifest.mediaType());
    return manifest;
  }

  /** Reads an image config. */
  public static ImageConfig config(Descriptor descriptor, byte[] content) throws RejectedException {
    return read(descriptor, content, ImageConfig.class);
  }

  private static <T> T read(Descriptor descriptor, byte[] content, Class<T> type)
      throws RejectedException {
    checkSize(descriptor, content.length);
    try {
      JsonNode document = Json.MAPPER.readTree(content);
      if (document == null || !document.isObject()) {
        throw invalid(descriptor, "found no JSON object", null);
      }
      return Json.MAPPER.treeToValue(document, type);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw invalid(descriptor, "found " + firstLine(e), e);
    } catch (IOException e) {
      throw new AssertionError("reading from memory", e);
    }
  }

  /**
   * Refuses documents over 4 MiB.
   *
   * @throws RejectedException {@link Reason#MANIFEST_TOO_LARGE}
   */
  public static void checkSize(Descriptor descriptor, long size) throws RejectedException {
    if (size > MAX_MANIFEST_BYTES) {
      throw new RejectedException(
          Reason.MANIFEST_TOO_LARGE,
          String.format(
              "reading %s %s: found %s bytes, expected at most %s (4 MiB); make the"
                  + " document smaller",
              descriptor.mediaType(), descriptor.digest(), size, MAX_MANIFEST_BYTES));
    }
  }

  private static void checkSchema(
      Descriptor descriptor, int schemaVersion, @Nullable String mediaType)
      throws RejectedException {
    if (schemaVersion == 1) {
      throw new RejectedException(
          Reason.UNSUPPORTED_MEDIA_TYPE,
          String.format(
              "reading manifest %s: found docker's schema 1, expected schema 2 or OCI; push"
                  + " the image again with a current client",
              descriptor.digest()));
    }
    if (schemaVersion != 2) {
      throw invalid(descriptor, "found schemaVersion " + schemaVersion + ", expected 2", null);
    }
    if (mediaType != null && !mediaType.equals(descriptor.mediaType())) {
      throw invalid(
          descriptor,
          "found mediaType " + mediaType + ", expected " + descriptor.mediaType() + " as announced",
          null);
    }
  }

  private static RejectedException invalid(
      Descriptor descriptor, String found, @Nullable Throwable cause) {
    String message =
        String.format(
            "reading %s %s: %s; the document does not follow the specification: build and"
                + " push the image again",
            descriptor.mediaType(), descriptor.digest(), found);
    return new RejectedException(Reason.MANIFEST_INVALID, message, cause);
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
