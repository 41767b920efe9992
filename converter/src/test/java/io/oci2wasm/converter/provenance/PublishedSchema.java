package io.oci2wasm.converter.provenance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.net.URI;
import java.util.Map;
import java.util.Set;

/**
 * Members and types as published: in-toto attestation spec v1 (statement.md,
 * resource_descriptor.md) and SLSA provenance v1. Written from those pages, not from our records:
 * what ours call otherwise, or leave out, is found here.
 */
final class PublishedSchema {
  private static final Map<String, JsonNodeType> STATEMENT =
      Map.of(
          "_type", JsonNodeType.STRING,
          "subject", JsonNodeType.ARRAY,
          "predicateType", JsonNodeType.STRING,
          "predicate", JsonNodeType.OBJECT);
  private static final Map<String, JsonNodeType> RESOURCE =
      Map.of(
          "name", JsonNodeType.STRING,
          "uri", JsonNodeType.STRING,
          "digest", JsonNodeType.OBJECT,
          "content", JsonNodeType.STRING,
          "downloadLocation", JsonNodeType.STRING,
          "mediaType", JsonNodeType.STRING,
          "annotations", JsonNodeType.OBJECT);
  private static final Map<String, JsonNodeType> PREDICATE =
      Map.of("buildDefinition", JsonNodeType.OBJECT, "runDetails", JsonNodeType.OBJECT);
  private static final Map<String, JsonNodeType> BUILD_DEFINITION =
      Map.of(
          "buildType", JsonNodeType.STRING,
          "externalParameters", JsonNodeType.OBJECT,
          "internalParameters", JsonNodeType.OBJECT,
          "resolvedDependencies", JsonNodeType.ARRAY);
  private static final Map<String, JsonNodeType> RUN_DETAILS =
      Map.of(
          "builder", JsonNodeType.OBJECT,
          "metadata", JsonNodeType.OBJECT,
          "byproducts", JsonNodeType.ARRAY);
  private static final Map<String, JsonNodeType> BUILDER =
      Map.of(
          "id", JsonNodeType.STRING,
          "version", JsonNodeType.OBJECT,
          "builderDependencies", JsonNodeType.ARRAY);

  private PublishedSchema() {}

  static void check(JsonNode statement) {
    members("statement", statement, STATEMENT, STATEMENT.keySet());
    assertThat(statement.path("_type").asText()).isEqualTo("https://in-toto.io/Statement/v1");
    assertThat(statement.path("predicateType").asText())
        .isEqualTo("https://slsa.dev/provenance/v1");
    assertThat(statement.path("subject")).isNotEmpty();
    for (JsonNode subject : statement.path("subject")) {
      resource(subject);
      assertThat(subject.path("digest")).as("a subject has a digest").isNotEmpty();
    }
    JsonNode predicate = statement.path("predicate");
    members("predicate", predicate, PREDICATE, PREDICATE.keySet());
    JsonNode build = predicate.path("buildDefinition");
    members("buildDefinition", build, BUILD_DEFINITION, Set.of("buildType", "externalParameters"));
    uri(build.path("buildType"));
    build.path("resolvedDependencies").forEach(PublishedSchema::resource);
    JsonNode run = predicate.path("runDetails");
    members("runDetails", run, RUN_DETAILS, Set.of("builder"));
    members("builder", run.path("builder"), BUILDER, Set.of("id"));
    uri(run.path("builder").path("id"));
    strings("version", run.path("builder").path("version"));
  }

  private static void resource(JsonNode resource) {
    members("resource", resource, RESOURCE, Set.of());
    assertThat(resource.has("uri") || resource.has("digest") || resource.has("content"))
        .as("%s has a uri, a digest or content", resource)
        .isTrue();
    if (resource.has("uri")) {
      uri(resource.path("uri"));
    }
    strings("digest", resource.path("digest"));
    for (var digest : resource.path("digest").properties()) {
      assertThat(digest.getKey()).isEqualTo("sha256");
      assertThat(digest.getValue().asText()).matches("[0-9a-f]{64}");
    }
  }

  private static void members(
      String what, JsonNode object, Map<String, JsonNodeType> known, Set<String> required) {
    assertThat(object.isObject()).as(what).isTrue();
    assertThat(object.fieldNames()).toIterable().as(what).containsAll(required);
    object
        .properties()
        .forEach(
            member ->
                assertThat(member.getValue().getNodeType())
                    .as("%s of %s", member.getKey(), what)
                    .isEqualTo(known.get(member.getKey())));
  }

  private static void strings(String what, JsonNode map) {
    map.forEach(value -> assertThat(value.isTextual()).as(what).isTrue());
  }

  private static void uri(JsonNode value) {
    assertThat(URI.create(value.asText()).isAbsolute()).as("%s", value).isTrue();
  }
}
