package io.oci2wasm.runtime.monitor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Test
  void shouldAnswerWhileConnectionsSayNothingMoreThanAByte() throws Exception {
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        silent.add(socket);
        socket.getOutputStream().write('G');
      }

      assertThat(get("/health/live").statusCode()).isEqualTo(200);
      assertThat(get("/health/ready").statusCode()).isEqualTo(200);
      assertThat(get("/metrics").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void shouldHangUpOnWhoSaysNothing() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write('G');

      byte[] said = socket.getInputStream().readAllBytes();

      assertThat(new String(said, US_ASCII)).doesNotContain(" 200 ");
    }
  }

  @Test
  void shouldNotWaitForAPartThatHangs() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    monitoring.watch(
        "store",
        () -> {
          asked.incrementAndGet();
          never.await();
        });

    for (int i = 0; i < 20; i++) {
      assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    }
    HttpResponse<String> ready = get("/health/ready");
    never.countDown();

    assertThat(ready.body())
        .startsWith("{\"status\":\"down\",\"failing\":{\"store\":\"has not answered for ");
    assertThat(asked).hasValue(1);
    int status = 503;
    for (int i = 0; i < 1000 && status == 503; i++) {
      status = get("/health/ready").statusCode();
    }
    assertThat(status).isEqualTo(200);
  }

  @Test
  void shouldSurviveAnErrorOfACheck() throws Exception {
    monitoring.watch(
        "broken",
        () -> {
          throw new StackOverflowError("too deep");
        });

    assertThat(get("/health/ready").body()).contains("StackOverflowError");
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void shouldBeReadyWhilePartsFailThatItDoesNotNeed() throws Exception {
    monitoring.watch("kafka", () -> {});
    monitoring.observe(
        "store",
        () -> {
          throw new IOException("no answer");
        });

    HttpResponse<String> ready = get("/health/ready");

    assertThat(ready.statusCode()).isEqualTo(200);
    assertThat(ready.body())
        .isEqualTo("{\"status\":\"degraded\",\"degraded\":{\"store\":\"no answer\"}}");
  }

  @Test
  void shouldNotBeAliveWithADeadThread() throws Exception {
    Thread thread = new Thread(() -> {});
    monitoring.living("fine", () -> true);
    monitoring.living("slots", thread::isAlive);

    HttpResponse<String> live = get("/health/live");

    assertThat(live.statusCode()).isEqualTo(503);
    assertThat(live.body())
        .isEqualTo(
            "{\"status\":\"down\",\"failing\":"
                + "{\"slots\":\"a thread has died; look into the log\"}}");
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
  }

  @ParameterizedTest
  @CsvSource({"POST,/metrics,405", "GET,/metrics/more,404", "GET,/,404", "HEAD,/health/live,200"})
  void shouldAnswerWhatItServesAndNothingElse(String method, String path, int status)
      throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(status);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)));
  }

  /** Who hangs never answers; thirty seconds, for a machine that is busy. */
  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
