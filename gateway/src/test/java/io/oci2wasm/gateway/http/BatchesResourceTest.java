package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.state.SampleRequest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init") // the set-up sets the field
class BatchesResourceTest {
  private static final String BATCHES = "/api/v1/batches";
  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    server = new TestGateway(GatewayConfig.DEFAULT.onPort(0));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    return server.send(method, path, body);
  }

  private String begin(String body) throws Exception {
    HttpResponse<String> response = send("POST", BATCHES, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    return Json.MAPPER.readTree(response.body()).path("id").asText();
  }

  private JsonNode get(String id) throws Exception {
    return Json.MAPPER.readTree(send("GET", BATCHES + "/" + id, "").body());
  }

  private int change(String id, String change) throws Exception {
    return send("POST", BATCHES + "/" + id + "/" + change, "").statusCode();
  }

  @Test
  void shouldWriteWhatIsAskedForAndShowIt() throws Exception {
    String id =
        begin(
            "{\"kind\":\"reconvert\",\"registry\":\"r.example\",\"repositories\":[\"team/*\"],"
                + "\"platforms\":[\"linux/riscv64\"],\"since\":\"2026-11-24T10:00:00Z\","
                + "\"force\":true,\"rate\":2.5}");

    assertThat(server.publisher().published()).singleElement().isInstanceOf(BatchRequested.class);
    JsonNode shown = get(id);
    assertThat(shown.path("requestedAt").asText()).isNotEmpty();
    assertThat(
            ((ObjectNode) shown)
                .retain(
                    "kind",
                    "registry",
                    "repositories",
                    "platforms",
                    "since",
                    "force",
                    "rate",
                    "state"))
        .isEqualTo(
            Json.MAPPER.readTree(
                "{\"kind\":\"reconvert\",\"registry\":\"r.example\",\"repositories\":[\"team/*\"],"
                    + "\"platforms\":[\"linux/riscv64\"],\"since\":\"2026-11-24T10:00:00Z\","
                    + "\"force\":true,\"rate\":2.5,\"state\":\"listing\"}"));
  }

  @Test
  void shouldTellWhatItWouldConvertAndWriteNothing() throws Exception {
    for (String name : new String[] {"app", "web"}) {
      server.state().accept(new SampleRequest(name, 0).ingested());
    }

    HttpResponse<String> response =
        send(
            "POST",
            BATCHES,
            "{\"kind\":\"reconvert\",\"registry\":\"r.example\",\"repositories\":[\"*/app\"],"
                + "\"dryRun\":true}");

    JsonNode preview = Json.MAPPER.readTree(response.body());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(preview.path("images").asInt()).isEqualTo(1);
    assertThat(preview.path("sample").path(0).path("repository").asText()).isEqualTo("team/app");
    assertThat(server.publisher().published()).isEmpty();
    assertThat(send("GET", BATCHES, "").body()).isEqualTo("{\"items\":[]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null                                                      | expected a JSON object",
        "[]                                                        | no such request",
        "{'registry':'r.example'}                                  | found no kind",
        "{'kind':'scan'}                                           | found no registry",
        "{'kind':'all','registry':'r.example'}                     | kind: found \"all\", expected one of [scan, reconvert]",
        "{'kind':'scan','registry':'http://r'}                     | registry host: found \"http://r\"",
        "{'kind':'scan','registry':'r.example','tag':'x'}          | Unrecognized field \"tag\"",
        "{'kind':'scan','registry':'r.example','force':true}       | a scan with force",
        "{'kind':'scan','registry':'r.example','dryRun':true}      | a scan with dryRun",
        "{'kind':'scan','registry':'r.example','since':'2026-11-24T10:00:00Z'} | a scan with since",
        "{'kind':'reconvert','registry':'r.example','since':'7d'}  | since: found \"7d\", expected a time",
        "{'kind':'reconvert','registry':'r.example','rate':-1}     | rate: found -1.0",
        "{'kind':'reconvert','registry':'r.example','rate':'NaN'}  | rate: found NaN",
        "{'kind':'reconvert','registry':'r.example','platforms':['riscv64']} | platform: found \"riscv64\"",
        "{'kind':'reconvert','registry':'r.example','platforms':[null]} | platform: found \"null\"",
        "{'kind':'reconvert','registry':'r.example','repositories':['Team/%']} | glob: found \"Team/%\"",
      })
  void shouldRefuseWhatItCannotDoAndWriteNothing(String body, String problem) throws Exception {
    HttpResponse<String> response = send("POST", BATCHES, body.replace('\'', '"'));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Json.MAPPER.readTree(response.body()).path("detail").asText())
        .startsWith("batch: ")
        .contains(problem);
    assertThat(server.publisher().published()).isEmpty();
  }

  @Test
  void shouldPauseResumeAndCancelOnlyWhereThatMakesSense() throws Exception {
    String id = begin("{\"kind\":\"scan\",\"registry\":\"r.example\"}");

    assertThat(change(id, "resume")).isEqualTo(409);
    assertThat(change(id, "pause")).isEqualTo(200);
    assertThat(get(id).path("state").asText()).isEqualTo("paused");
    assertThat(change(id, "pause")).isEqualTo(409);
    assertThat(change(id, "resume")).isEqualTo(200);
    assertThat(get(id).path("state").asText()).isEqualTo("listing");
    assertThat(change(id, "cancel")).isEqualTo(200);
    for (String late : List.of("pause", "resume", "cancel")) {
      HttpResponse<String> refused = send("POST", BATCHES + "/" + id + "/" + late, "");
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(refused.body()).contains("found it cancelled", "expected it");
    }
    assertThat(change("0".repeat(32), "pause")).isEqualTo(404);
    assertThat(server.publisher().published().stream().map(TopicEvent::eventId).distinct())
        .hasSize(4)
        .filteredOn(event -> event.contains("/batch.changed/"))
        .hasSize(3);
  }

  @Test
  void shouldChangeNothingWhileKafkaIsAway() throws Exception {
    String id = begin("{\"kind\":\"scan\",\"registry\":\"r.example\"}");
    server.publisher().goAway();

    assertThat(change(id, "cancel")).isEqualTo(503);
    assertThat(send("POST", BATCHES, "{\"kind\":\"scan\",\"registry\":\"s.example\"}").statusCode())
        .isEqualTo(503);

    assertThat(get(id).path("state").asText()).isEqualTo("listing");
    assertThat(Json.MAPPER.readTree(send("GET", BATCHES, "").body()).path("items")).hasSize(1);
    assertThat(server.publisher().published()).noneMatch(event -> event instanceof BatchChanged);
  }
}
