package io.oci2wasm.cli.remote;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.UnavailableException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GcWaitTest {
  private final WireMockServer server =
      new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private GcWait impatient() {
    URI gateway = URI.create("http://127.0.0.1:" + server.port());
    return new GcWait(new GatewayClient(gateway, null, null), Duration.ZERO);
  }

  private void answer(int status, String body) {
    server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status).withBody(body)));
  }

  private static JsonNode running() throws Exception {
    return Json.MAPPER.readTree("{\"id\":\"one\",\"state\":\"running\"}");
  }

  @Test
  void shouldTellWhyARunFailed() {
    answer(200, "{\"id\":\"one\",\"state\":\"failed\",\"message\":\"found its gateway gone\"}");

    assertThatThrownBy(() -> impatient().report(running()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("gc: found its gateway gone");
  }

  @Test
  void shouldNotWaitForAGatewayThatStaysAway() {
    answer(503, "{\"detail\":\"it stops\"}");

    assertThatThrownBy(() -> impatient().report(running()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("503, it stops");
  }

  @Test
  void shouldNotAskAgainWhoRefuses() {
    answer(401, "");

    assertThatThrownBy(() -> impatient().report(running()))
        .isInstanceOf(RefusedCallException.class)
        .hasMessageContaining("--api-token-file");
    assertThat(server.getAllServeEvents()).hasSize(1);
  }
}
