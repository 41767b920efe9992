package io.oci2wasm.runtime.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MonitorServerTest {
  private final Monitoring monitoring = new Monitoring();

  @SuppressWarnings("NullAway.Init") // set before each test
  private MonitorServer server;

  @BeforeEach
  void start() throws IOException {
    server = MonitorServer.start("127.0.0.1", 0, monitoring);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void shouldServeMetrics() throws Exception {
    monitoring.registry().counter("oci2wasm.test").increment();

    HttpResponse<String> response = get("/metrics");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("oci2wasm_test_total 1.0", "jvm_memory_used_bytes");
  }

  @Test
  void shouldBeReadyWhileEveryPartIs() throws Exception {
    monitoring.watch("store", () -> {});

    HttpResponse<String> response = get("/health/ready");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("{\"status\":\"up\"}");
  }

  @Test
  void shouldNameThePartThatFails() throws Exception {
    monitoring.watch("fine", () -> {});
    monitoring.watch(
        "store",
        () -> {
          throw new IOException("no answer");
        });

    HttpResponse<String> ready = get("/health/ready");
    HttpResponse<String> live = get("/health/live");

    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body())
        .isEqualTo("{\"status\":\"down\",\"failing\":{\"store\":\"no answer\"}}");
    assertThat(live.statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
