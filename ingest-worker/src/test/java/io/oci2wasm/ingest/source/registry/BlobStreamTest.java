package io.oci2wasm.ingest.source.registry;

import static io.oci2wasm.ingest.source.registry.RegistryServers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A registry whose connections break in the middle of a body, which no stub server does. */
class BlobStreamTest {
  private static final byte[] CONTENT = new byte[300_000];
  private static final Descriptor BLOB;

  static {
    new Random(7).nextBytes(CONTENT);
    BLOB = new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(CONTENT), CONTENT.length);
  }

  /** How the server answers one request. */
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
  private final List<Answer> answers = Collections.synchronizedList(new ArrayList<>());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          ranges.add(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
          answers.remove(0).to(exchange);
        });
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void shouldGoOnWhereABrokenConnectionStopped() throws Exception {
    // Given
    answers.add(exchange -> sendPart(exchange, 200, 0, 200_000, CONTENT.length));
    answers.add(BlobStreamTest::sendRange);

    // When
    byte[] found = read();

    // Then
    assertThat(found).isEqualTo(CONTENT);
    assertThat(ranges).hasSize(2);
    assertThat(ranges.get(1)).matches("bytes=[1-9][0-9]*-");
  }

  @Test
  void shouldSkipWhatItHasWhereTheServerKnowsNoRanges() throws Exception {
    // Given
    answers.add(exchange -> sendPart(exchange, 200, 0, 200_000, CONTENT.length));
    answers.add(exchange -> sendPart(exchange, 200, 0, CONTENT.length, CONTENT.length));

    // When
    byte[] found = read();

    // Then
    assertThat(found).isEqualTo(CONTENT);
  }

  @Test
  void shouldGoOnAfterSilence() throws Exception {
    // Given
    answers.add(BlobStreamTest::sendSomeAndFallSilent);
    answers.add(BlobStreamTest::sendRange);

    // When
    byte[] found = read();

    // Then
    assertThat(found).isEqualTo(CONTENT);
  }

  @Test
  void shouldNotMixInBytesOfAnotherRange() {
    // Given
    answers.add(exchange -> sendPart(exchange, 200, 0, 200_000, CONTENT.length));
    answers.add(
        exchange -> {
          exchange.getResponseHeaders().set("Content-Range", "bytes 5-299999/300000");
          sendPart(exchange, 206, 5, CONTENT.length, CONTENT.length - 5);
        });

    // When
    UnavailableException e = catchThrowableOfType(UnavailableException.class, this::read);

    // Then
    assertThat(e).hasMessageContaining("found range \"bytes 5-299999/300000\"");
  }

  @Test
  void shouldGiveUpWhereConnectionsBreakWithoutAByte() {
    // Given
    answers.add(exchange -> sendPart(exchange, 200, 0, 1000, CONTENT.length));
    for (int i = 0; i < 10; i++) {
      answers.add(BlobStreamTest::breakOff);
    }

    // When
    UnavailableException e = catchThrowableOfType(UnavailableException.class, this::read);

    // Then
    assertThat(e)
        .hasMessageContaining("fetching blob " + BLOB.digest())
        .hasMessageContaining("try again later");
  }

  @Test
  void shouldRejectABlobOfAnotherSizeAtOnce() {
    // Given
    answers.add(exchange -> sendPart(exchange, 200, 0, 100, 100));

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, this::read);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(e).hasMessageContaining("found 100 bytes, expected 300000");
  }

  @Test
  void shouldDeliverAtMostOneByteMoreThanExpected() throws Exception {
    // Given
    BlobStream stream =
        BlobStream.open(
            "fetching",
            3,
            1,
            RegistryTimeouts.DEFAULT,
            1,
            offset -> new ByteArrayInputStream(utf8("0123456789")),
            Backoff.system());

    // When
    byte[] found = stream.readAllBytes();

    // Then
    assertThat(found).isEqualTo(utf8("0123"));
  }

  private byte[] read() throws Exception {
    String host = "127.0.0.1:" + server.getAddress().getPort();
    RegistryAccess access =
        new RegistryAccess(
            null,
            Set.of(host),
            Set.of(),
            CredentialStore.NONE,
            Duration.ofSeconds(5),
            RegistryTimeouts.of(Duration.ofSeconds(1), Duration.ofHours(1)),
            2,
            null,
            RegistryLimits.DEFAULT,
            Map.of());
    Backoff backoff = new Backoff(Clock.systemUTC(), new Random(1), wait -> {});
    RegistryClient client =
        new RegistryClient(
            access, backoff, InetAddress::getAllByName, ProxySelector.of(null), Clock.systemUTC());
    try (InputStream in =
        RegistrySource.open(ImageReference.parse(host + "/team/app:1"), client).blob(BLOB)) {
      return in.readAllBytes();
    }
  }

  private static void sendRange(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-299999/" + CONTENT.length);
    sendPart(exchange, 206, from, CONTENT.length, CONTENT.length - from);
  }

  /** Sends bytes {@code from} to {@code to} after announcing {@code length}, and hangs up. */
  private static void sendPart(HttpExchange exchange, int status, int from, int to, long length)
      throws IOException {
    exchange.sendResponseHeaders(status, length);
    exchange.getResponseBody().write(Arrays.copyOfRange(CONTENT, from, to));
    exchange.getResponseBody().flush();
    exchange.close();
  }

  private static void sendSomeAndFallSilent(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, CONTENT.length);
    exchange.getResponseBody().write(CONTENT, 0, 1000);
    exchange.getResponseBody().flush();
  }

  private static void breakOff(HttpExchange exchange) {
    exchange.close();
  }
}
