package io.oci2wasm.cli.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.oci2wasm.api.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The gateway's OpenAPI document, and what of an answer it does not describe. */
final class OpenApi {
  private static final SchemaRegistry SCHEMAS =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private final JsonNode document;

  private OpenApi(JsonNode document) {
    this.document = document;
  }

  static OpenApi parse(String yaml) throws IOException {
    JsonNode document = new YAMLMapper().readTree(yaml);
    close(document);
    return new OpenApi(document);
  }

  /** Readers ignore members that are not described; here they are mistakes. */
  private static void close(JsonNode node) {
    if (node instanceof ObjectNode object
        && object.path("properties").isObject()
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    node.forEach(OpenApi::close);
  }

  /** Every call that it describes, e.g. {@code get /health/live}. */
  Set<String> calls() {
    Set<String> calls = new TreeSet<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> calls.add(method + " " + path.getKey())));
    return calls;
  }

  /** What is wrong with an answer to {@code call}; empty if it is as described. */
  List<String> mistakes(String call, HttpResponse<String> answer) throws IOException {
    String[] words = call.split(" ", 2);
    String status = Integer.toString(answer.statusCode());
    JsonNode response = document.path("paths").path(words[1]).path(words[0]).path("responses");
    String pointer = "/paths/" + escape(words[1]) + "/" + words[0] + "/responses/" + status;
    response = response.path(status);
    if (response.has("$ref")) {
      pointer = response.path("$ref").asText().substring(1);
      response = document.at(pointer);
    }
    if (response.isMissingNode()) {
      return List.of(call + ": status " + status + " is not described");
    }
    if (!response.has("content")) {
      return List.of();
    }
    String type =
        answer.headers().firstValue("Content-Type").orElse("none").split(";", 2)[0].strip();
    JsonNode content = response.path("content").path(type);
    if (content.isMissingNode()) {
      return List.of(call + ", " + status + ": " + type + " is not described");
    }
    if (!content.has("schema")) {
      return List.of();
    }
    ObjectNode root = document.deepCopy();
    root.put("$ref", "#" + pointer + "/content/" + escape(type) + "/schema");
    List<String> mistakes = new ArrayList<>();
    for (Error error : SCHEMAS.getSchema(root).validate(Json.MAPPER.readTree(answer.body()))) {
      mistakes.add(call + ", " + status + ": " + error + " in " + answer.body());
    }
    return mistakes;
  }

  private static String escape(String name) {
    return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D");
  }
}
