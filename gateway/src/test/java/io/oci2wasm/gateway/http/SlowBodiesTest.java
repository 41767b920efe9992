package io.oci2wasm.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.BodiesConfig;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.webhook.SenderConfig;
import io.oci2wasm.gateway.webhook.WebhooksConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Strangers that send slowly, or much: everybody else is served. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class SlowBodiesTest {
  private static final String SIGNED = "X-Hub-Signature-256: sha256=" + "0".repeat(64) + "\r\n";
  private static final int MANY = 300;
  private static final int LARGE = 1 << 20;

  private final List<Socket> sockets = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;
  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    server = gateway(new BodiesConfig(Duration.ofSeconds(30), new ByteSize(16 << 10), null));
  }

  private TestGateway gateway(BodiesConfig bodies) throws IOException {
    SenderConfig own =
        new SenderConfig(Files.writeString(directory.resolve("own"), "own"), null, null, List.of());
    return new TestGateway(
        ConfigFile.with(
            GatewayConfig.DEFAULT
                .onPort(0)
                .withWebhookSecret(Files.writeString(directory.resolve("hook"), "hook"))
                .withApiToken(Files.writeString(directory.resolve("token"), "token"))
                .with(ConfigFile.with(WebhooksConfig.DEFAULT, "github", own)),
            "bodies",
            bodies));
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  @Test
  void shouldServeEverybodyElseWhileManySendSlowly() throws Exception {
    for (int i = 0; i < MANY; i++) {
      send(connect(), head("github", SIGNED, "Content-Length: 8000000") + "{");
    }
    for (int i = 0; i < MANY; i++) {
      send(connect(), head("distribution", bearer("hook"), "Content-Length: 8000000") + "{");
    }

    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    assertThat(get("/api/v1/conversions").statusCode()).isEqualTo(200);
    assertThat(post("distribution", "Authorization", "Bearer hook", "{}")).isEqualTo(202);
    assertThat(post("github", "X-Hub-Signature-256", signature("{}"), "{}")).isEqualTo(202);
  }

  @Test
  void shouldEndABodyThatTrickles() throws Exception {
    Socket slow = connect();
    send(slow, head("github", SIGNED, "Content-Length: 8000000") + "{");

    String answer = answer(slow);

    assertThat(answer).startsWith("HTTP/1.1 408 ").contains("expected all of it within 30 s");
    assertThat(server.publisher().published()).isEmpty();
  }

  @Test
  void shouldRefuseAStrangerBeforeItsBodyIsRead() throws Exception {
    Socket wrong = connect();
    Socket unsigned = connect();
    send(wrong, head("distribution", bearer("wrong"), "Content-Length: 8000000"));
    send(unsigned, head("github", "", "Content-Length: 8000000"));

    assertThat(answer(wrong)).startsWith("HTTP/1.1 401 ");
    assertThat(answer(unsigned)).startsWith("HTTP/1.1 401 ");
  }

  @Test
  void shouldRefuseMoreBodiesThanMemoryHolds() throws Exception {
    server.close();
    server =
        gateway(new BodiesConfig(Duration.ofSeconds(30), new ByteSize(1), new ByteSize(8L << 20)));
    byte[] part = new byte[LARGE];
    CountDownLatch refused = new CountDownLatch(4);
    List<String> answers = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 8; i++) {
      Socket socket = connect();
      send(socket, head("github", SIGNED, "Content-Length: 8000000"));
      Thread sender =
          new Thread(
              () -> {
                try {
                  socket.getOutputStream().write(part);
                  answers.add(answer(socket));
                } catch (IOException e) {
                  answers.add("hung up");
                }
                refused.countDown();
              });
      sender.setDaemon(true);
      sender.start();
    }

    // Half of the memory is for strangers, and holds less than four of these.
    assertThat(refused.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(answers)
        .allMatch(answer -> answer.startsWith("HTTP/1.1 503 ") || answer.equals("hung up"))
        .anyMatch(answer -> answer.contains("Retry-After: 5"));
    assertThat(post("distribution", "Authorization", "Bearer hook", "{}")).isEqualTo(202);
    assertThat(post("github", "X-Hub-Signature-256", signature("{}"), "{}")).isIn(202, 503);
  }

  /** The body is there, Kafka is not: threads are left for those who ask how the gateway is. */
  @Test
  void shouldAnswerWhileKafkaHangs() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    server.publisher().hang(hangs);
    List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(
          http.sendAsync(
              request("/webhooks/distribution")
                  .header("Authorization", "Bearer hook")
                  .POST(HttpRequest.BodyPublishers.ofString(GatewayServerTest.PUSH))
                  .build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    CompletableFuture.anyOf(waiting.toArray(CompletableFuture[]::new)).get(90, TimeUnit.SECONDS);

    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    hangs.countDown();
    CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new)).get(90, TimeUnit.SECONDS);
    long taken = waiting.stream().filter(one -> one.join().statusCode() == 202).count();
    assertThat(waiting).allMatch(one -> List.of(202, 503).contains(one.join().statusCode()));
    assertThat(taken).isPositive().isEqualTo(server.publisher().published().size());
    assertThat(waiting)
        .filteredOn(one -> one.join().statusCode() == 503)
        .allMatch(one -> one.join().headers().firstValue("Retry-After").isPresent());
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(60_000);
    sockets.add(socket);
    return socket;
  }

  private static String head(String sender, String more, String length) {
    return "POST /webhooks/"
        + sender
        + " HTTP/1.1\r\nHost: localhost\r\n"
        + more
        + length
        + "\r\n\r\n";
  }

  private static String bearer(String secret) {
    return "Authorization: Bearer " + secret + "\r\n";
  }

  private static void send(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(US_ASCII));
    out.flush();
  }

  private static String answer(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), UTF_8);
  }

  private static String signature(String body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("own".getBytes(UTF_8), "HmacSHA256"));
    return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes(UTF_8)));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        request(path)
            .header("Authorization", "Bearer token")
            .timeout(Duration.ofSeconds(30))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private int post(String sender, String header, String value, String body) throws Exception {
    return http.send(
            request("/webhooks/" + sender)
                .header(header, value)
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }
}
