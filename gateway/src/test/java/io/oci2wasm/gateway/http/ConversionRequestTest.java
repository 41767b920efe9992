package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.event.ConversionChoice;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.GatewayConfig;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One image is converted because somebody asks for it. */
@SuppressWarnings("NullAway.Init") // the set-up sets the field
class ConversionRequestTest {
  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    server = new TestGateway(GatewayConfig.DEFAULT.onPort(0));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> post(String body) throws Exception {
    return server.send("POST", "/api/v1/conversions", body);
  }

  @Test
  void shouldWriteAPushAndNameItsRequest() throws Exception {
    HttpResponse<String> response =
        post("{\"image\":\"r.example/team/app:1\",\"platforms\":[\"linux/amd64\"],\"force\":true}");

    assertThat(response.statusCode()).isEqualTo(202);
    JsonNode accepted = Json.MAPPER.readTree(response.body());
    String id = accepted.path("requestId").asText();
    assertThat(response.headers().firstValue("Location")).hasValue("/api/v1/requests/" + id);
    ImagePushed pushed = (ImagePushed) server.publisher().published().get(0);
    assertThat(pushed.requestId()).isEqualTo(id);
    assertThat(pushed.lane()).isEqualTo(Lane.PUSH);
    assertThat(pushed.image()).isEqualTo(ImageReference.parse("r.example/team/app:1"));
    assertThat(pushed.choice())
        .isEqualTo(new ConversionChoice(List.of(Platform.parse("linux/amd64")), true));
  }

  @Test
  void shouldMakeARequestOfItsOwnEachTime() throws Exception {
    String body = "{\"image\":\"r.example/team/app:1\"}";

    assertThat(post(body).body()).isNotEqualTo(post(body).body());
    assertThat(server.publisher().published()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null                                           | expected a JSON object with image",
        "{}                                             | found no image, expected one",
        "{'image':'ubuntu:22.04'}                       | image reference: found \"ubuntu:22.04\"",
        "{'image':'r.example/app','tag':'1'}            | Unrecognized field \"tag\"",
        "{'image':'r.example/app','platforms':['arm']}  | platform: found \"arm\"",
      })
  void shouldRefuseWhatIsNoRequest(String body, String why) throws Exception {
    HttpResponse<String> response = post(body.replace('\'', '"'));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Json.MAPPER.readTree(response.body()).path("detail").asText())
        .startsWith("conversion: ")
        .contains(why);
    assertThat(server.publisher().published()).isEmpty();
  }

  @Test
  void shouldNotAcceptWhatKafkaDoesNotTake() throws Exception {
    server.publisher().goAway();

    assertThat(post("{\"image\":\"r.example/team/app:1\"}").statusCode()).isEqualTo(503);
  }
}
