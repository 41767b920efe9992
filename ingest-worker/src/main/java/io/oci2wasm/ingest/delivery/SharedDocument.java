package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.ingest.source.registry.Document;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A document under a tag, to which several add. What others have entered stays as it is. Registries
 * know no conditional writes, so that two who enter something at once may lose one of the two: each
 * looks whether its own is in it, and enters it again.
 */
final class SharedDocument {
  private static final int TIMES = 5;

  private final RegistryPush registry;
  private final String tag;
  private final Form form;

  SharedDocument(RegistryPush registry, String tag, Form form) {
    this.registry = registry;
    this.tag = tag;
    this.form = form;
  }

  /**
   * What is under the tag.
   *
   * @param name for messages
   * @param list the member that entries are added to
   */
  record Form(String name, String mediaType, String list) {}

  /** What is to be in the document. */
  interface Entry {
    boolean isAmong(ArrayNode entries);

    /** Adds it to the document, whose list is {@code entries}, and sends what it names. */
    void addTo(ObjectNode document, ArrayNode entries) throws RejectedException, IOException;
  }

  /** Makes a descriptor of {@code entry} (image-spec 1.1, descriptor.md). */
  static ObjectNode describe(Descriptor descriptor, ObjectNode entry) {
    return entry
        .put("mediaType", descriptor.mediaType())
        .put("digest", descriptor.digest().toString())
        .put("size", descriptor.size());
  }

  /** Enters it, unless it is in it. */
  void enter(Entry entry) throws RejectedException, IOException {
    for (int time = 0; time < TIMES; time++) {
      ObjectNode document = read(registry.find(tag, null));
      ArrayNode entries = document.withArray(form.list());
      if (entry.isAmong(entries)) {
        return;
      }
      entry.addTo(document, entries);
      boolean unused =
          registry.manifest(
              Document.of(form.mediaType(), Json.MAPPER.writeValueAsBytes(document)), tag);
    }
    throw new UnavailableException(
        "entering something under " + tag + ": others change it all the time; try again later",
        null);
  }

  private ObjectNode read(Optional<Document> found) throws RejectedException {
    if (found.isEmpty()) {
      return Json.MAPPER
          .createObjectNode()
          .put("schemaVersion", 2)
          .put("mediaType", form.mediaType());
    }
    Document document = found.get();
    String type = document.descriptor().mediaType();
    try {
      JsonNode json = Json.MAPPER.readTree(document.bytes());
      boolean room = document.bytes().length < OciDocuments.MAX_MANIFEST_BYTES / 2;
      if (type.equals(form.mediaType())
          && room
          && json instanceof ObjectNode members
          && (members.path(form.list()).isArray() || members.path(form.list()).isMissingNode())) {
        return members;
      }
    } catch (IOException e) {
      throw another(type, e);
    }
    throw another(type, null);
  }

  private RejectedException another(String type, @Nullable Exception cause) {
    String message =
        String.format(
            "entering something under %s: found %s, expected %s of less than 2 MiB; remove that"
                + " tag, or what is in it",
            tag, type, form.name());
    return new RejectedException(Reason.PUSH_REFUSED, message, cause);
  }
}
