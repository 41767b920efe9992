package io.oci2wasm.cli.remote;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import io.oci2wasm.api.UnavailableException;
import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GatewayClientTest {
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

  private GatewayClient client(@Nullable String token) {
    return new GatewayClient(URI.create("http://127.0.0.1:" + server.port() + "/"), token, null);
  }

  @Test
  void shouldEncodeTheQueryAndLeaveOutWhatIsNotAsked() throws Exception {
    server.stubFor(any(anyUrl()).willReturn(okJson("{\"items\":[]}")));
    Map<String, @Nullable String> query = new TreeMap<>(Map.of("repository", "team/*&x"));
    query.put("state", null);

    assertThat(client(null).get("/api/v1/things", query).path("items")).isEmpty();

    server.verify(
        getRequestedFor(urlEqualTo("/api/v1/things?repository=team%2F*%26x"))
            .withHeader("Authorization", absent()));
  }

  @Test
  void shouldSendTheTokenAndTheBody() throws Exception {
    server.stubFor(any(anyUrl()).willReturn(okJson("{\"done\":true}")));

    assertThat(client("secret").post("/x", Map.of("a", 1)).path("done").asBoolean()).isTrue();

    server.verify(
        postRequestedFor(urlEqualTo("/x"))
            .withHeader("Authorization", equalTo("Bearer secret"))
            .withRequestBody(equalToJson("{\"a\":1}")));
  }

  @Test
  void shouldTellWhatTheGatewayRefuses() {
    server.stubFor(
        any(anyUrl())
            .willReturn(aResponse().withStatus(404).withBody("{\"detail\":\"x: found none\"}")));

    assertThatThrownBy(() -> client(null).get("/x", Collections.emptyMap()))
        .isInstanceOf(RefusedCallException.class)
        .hasMessageContaining("GET http://127.0.0.1")
        .hasMessageEndingWith("found HTTP 404, x: found none");
  }

  @Test
  void shouldNameTheOptionForTheToken() {
    server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(401)));

    assertThatThrownBy(() -> client("wrong").get("/x", Collections.emptyMap()))
        .isInstanceOf(RefusedCallException.class)
        .hasMessageContaining("--api-token-file")
        .hasMessageNotContaining("wrong");
  }

  @Test
  void shouldTakeItForUnavailableWhenItCannotAnswer() {
    server.stubFor(
        any(anyUrl())
            .willReturn(aResponse().withStatus(503).withBody("{\"detail\":\"try again\"}")));

    assertThatThrownBy(() -> client(null).get("/x", Collections.emptyMap()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("503, try again");
  }

  @Test
  void shouldAskWhetherTheAddressIsAGateways() {
    server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(200).withBody("<html>")));

    assertThatThrownBy(() -> client(null).get("/x", Collections.emptyMap()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("is --gateway a gateway's address?");
  }

  @Test
  void shouldNotFollowARedirectWithTheToken() {
    server.stubFor(any(urlEqualTo("/x")).willReturn(temporaryRedirect("/elsewhere")));

    assertThatThrownBy(() -> client("secret").get("/x", Collections.emptyMap()))
        .isInstanceOf(UnavailableException.class);

    server.verify(0, getRequestedFor(urlEqualTo("/elsewhere")));
  }

  @Test
  void shouldSayThatNobodyListens() {
    GatewayClient client = client(null);
    server.stop();

    assertThatThrownBy(() -> client.get("/x", Collections.emptyMap()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("found no answer (nothing listens there); is the gateway up");
  }
}
