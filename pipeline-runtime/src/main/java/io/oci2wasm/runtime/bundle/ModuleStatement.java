package io.oci2wasm.runtime.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What {@code provenance.json} says of a recipe, said of the files that it gives: in {@code
 * module.json} and {@code data.json}, and in attestations (docs/FORMATS.md, "Provenance").
 */
final class ModuleStatement {
  static final int MAX_BYTES = 1 << 20;

  private static final String SUBJECT = "subject";

  private ModuleStatement() {}

  /** What a statement is about. */
  record Subject(String name, Sha256Digest digest, String mediaType) {
    static Subject module(Sha256Digest digest) {
      return new Subject("bundle.wasm", digest, "application/wasm");
    }

    static Subject data(String name, Sha256Digest digest) {
      return new Subject(name, digest, "application/octet-stream");
    }
  }

  /** The statement about these; its members stand as in that about the recipe. */
  static byte[] about(List<Subject> subjects, byte[] statementAboutRecipe) throws IOException {
    JsonNode statement = Json.MAPPER.readTree(statementAboutRecipe);
    if (!(statement instanceof ObjectNode members) || !members.has(SUBJECT)) {
      throw new IOException("provenance.json: found another document, expected a statement");
    }
    enter(subjects, members.putArray(SUBJECT));
    return Json.MAPPER.writeValueAsBytes(members);
  }

  /** A statement whose predicate is another document. */
  static byte[] about(List<Subject> subjects, String predicateType, byte[] predicate)
      throws IOException {
    ObjectNode statement =
        Json.MAPPER.createObjectNode().put("_type", "https://in-toto.io/Statement/v1");
    enter(subjects, statement.putArray(SUBJECT));
    statement.put("predicateType", predicateType).set("predicate", Json.MAPPER.readTree(predicate));
    return Json.MAPPER.writeValueAsBytes(statement);
  }

  private static void enter(List<Subject> subjects, ArrayNode all) {
    for (Subject one : subjects) {
      ObjectNode subject = all.addObject().put("name", one.name());
      subject.putObject("digest").put("sha256", one.digest().hex());
      subject.put("mediaType", one.mediaType());
    }
  }

  /**
   * The digest of a file of a bundle by the statement under {@code key}, if that is there. A
   * damaged one is none: the next who reads the whole file writes it anew.
   */
  static Optional<Sha256Digest> digest(ObjectStore store, String key) throws IOException {
    Optional<byte[]> statement = store.bytes(key, MAX_BYTES);
    return statement.isPresent() ? digest(statement.get()) : Optional.empty();
  }

  private static Optional<Sha256Digest> digest(byte[] statement) throws IOException {
    try {
      JsonNode digest = Json.MAPPER.readTree(statement).path(SUBJECT).path(0).path("digest");
      return Optional.of(new Sha256Digest(digest.path("sha256").asText()));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
