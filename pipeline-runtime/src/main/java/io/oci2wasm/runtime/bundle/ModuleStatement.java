package io.oci2wasm.runtime.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.util.Optional;

/**
 * {@code module.json}: what {@code provenance.json} says of a recipe, said of the module that it
 * gives (docs/FORMATS.md, "Provenance").
 */
final class ModuleStatement {
  static final int MAX_BYTES = 1 << 20;

  private static final String SUBJECT = "subject";

  private ModuleStatement() {}

  /** The statement about a module; its members stand as in that about the recipe. */
  static byte[] about(Sha256Digest module, byte[] statementAboutRecipe) throws IOException {
    JsonNode statement = Json.MAPPER.readTree(statementAboutRecipe);
    if (!(statement instanceof ObjectNode members) || !members.has(SUBJECT)) {
      throw new IOException("provenance.json: found another document, expected a statement");
    }
    ObjectNode subject = Json.MAPPER.createObjectNode().put("name", "bundle.wasm");
    subject.putObject("digest").put("sha256", module.hex());
    subject.put("mediaType", "application/wasm");
    members.set(SUBJECT, Json.MAPPER.createArrayNode().add(subject));
    return Json.MAPPER.writeValueAsBytes(members);
  }

  /** The digest of the module that a statement is about; empty if it is damaged. */
  static Optional<Sha256Digest> digest(byte[] statement) throws IOException {
    try {
      JsonNode digest = Json.MAPPER.readTree(statement).path(SUBJECT).path(0).path("digest");
      return Optional.of(new Sha256Digest(digest.path("sha256").asText()));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
