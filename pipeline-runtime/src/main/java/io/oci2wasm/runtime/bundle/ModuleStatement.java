package io.oci2wasm.runtime.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;

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

  /** The digest of the module that a statement is about. */
  static Sha256Digest digest(byte[] statement) throws IOException {
    String hex =
        Json.MAPPER
            .readTree(statement)
            .path(SUBJECT)
            .path(0)
            .path("digest")
            .path("sha256")
            .asText();
    try {
      return new Sha256Digest(hex);
    } catch (IllegalArgumentException e) {
      throw new IOException("module.json: found no digest; remove the object", e);
    }
  }
}
