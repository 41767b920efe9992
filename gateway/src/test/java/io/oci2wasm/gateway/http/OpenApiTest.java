package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.webhook.WebhooksConfig;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OpenApiTest {
  private static JsonNode document() throws Exception {
    try (InputStream in = OpenApiTest.class.getResourceAsStream("openapi.yaml")) {
      return new YAMLMapper().readTree(in);
    }
  }

  @Test
  void shouldDescribeEveryRouteAndNoOther() throws Exception {
    Set<String> described = new LinkedHashSet<>();
    document()
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> described.add(method + " " + path.getKey())));

    try (TestGateway gateway = new TestGateway(GatewayConfig.DEFAULT.onPort(0))) {
      assertThat(described).containsExactlyInAnyOrderElementsOf(gateway.routes());
    }
  }

  @Test
  void shouldKnowEveryWordOfTheClosedLists() throws Exception {
    JsonNode schemas = document().path("components").path("schemas");

    assertThat(schemas.path("Reason").path("enum"))
        .containsExactlyElementsOf(Json.MAPPER.valueToTree(Reason.values()));
    assertThat(schemas.path("Stage").path("enum"))
        .containsExactlyElementsOf(Json.MAPPER.valueToTree(Stage.values()));
    assertThat(document().at("/components/parameters/sender/schema/enum"))
        .containsExactlyElementsOf(
            Json.MAPPER.valueToTree(
                Arrays.stream(WebhooksConfig.class.getRecordComponents())
                    .map(RecordComponent::getName)
                    .toList()));
  }
}
