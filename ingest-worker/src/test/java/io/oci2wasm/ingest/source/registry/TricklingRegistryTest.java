package io.oci2wasm.ingest.source.registry;

import static io.oci2wasm.ingest.source.registry.RegistryServers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.oci2wasm.api.ImageReference;
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
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A registry that goes on answering, but hardly. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
@Timeout(15)
class TricklingRegistryTest {
  private static final byte[] CONTENT = new byte[200_000];
  private static final Descriptor BLOB;
  private static final int LEAST_RATE = 16 << 10;
  private static final int PIECE = 8000;

  static {
    new Random(11).nextBytes(CONTENT);
    BLOB = new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(CONTENT), CONTENT.length);
  }

  private final AtomicInteger connections = new AtomicInteger();
  private ServerSocket server;

  /** What is answered, after headers of our own. */
  private volatile byte[] content = CONTENT;

  /** Bytes of it that are sent at once; the others follow one by one. */
  private volatile int atOnce;

  /** What is sent each time after that. */
  private volatile int piece = 1;

  /** Bytes of a request that are read; then nothing more is. */

  /** Whether a token is wanted. */
  private volatile boolean challenge;

  private volatile String header = "";

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket();
    server.setReceiveBufferSize(8 << 10);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    start(
        () -> {
          while (!server.isClosed()) {
            Socket connection = server.accept();
            connections.incrementAndGet();
            start(() -> answer(connection));
          }
        });
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              Throwable unused = catchThrowable(work::run);
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void answer(Socket connection) throws IOException, InterruptedException {
    try (connection) {
      InputStream in = connection.getInputStream();
      StringBuilder request = new StringBuilder();
      while (request.indexOf("\r\n\r\n") < 0) {
        request.append((char) in.read());
      }
      if (request.indexOf("PUT") == 0) {
        takeOneByOne(in);
        return;
      }
      if (challenge && request.indexOf("GET /token") != 0) {
        connection
            .getOutputStream()
            .write(
                utf8(
                    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n"
                        + "WWW-Authenticate: Bearer realm=\"http://"
                        + host()
                        + "/token\"\r\n\r\n"));
        return;
      }
      boolean begins = request.indexOf("POST") == 0;
      boolean asks = request.indexOf("HEAD") == 0;
      byte[] body = begins || asks ? new byte[0] : content;
      int from = from(request);
      connection
          .getOutputStream()
          .write(
              utf8(
                  "HTTP/1.1 "
                      + (begins ? "202 Accepted" : asks ? "404 Not Found" : partial(from))
                      + "\r\nContent-Length: "
                      + (body.length - from)
                      + "\r\n"
                      + (from > 0
                          ? "Content-Range: bytes " + from + "-" + (body.length - 1) + "/*\r\n"
                          : "")
                      + (begins ? "Location: /upload\r\n" : "")
                      + header
                      + "Connection: close\r\n"
                      + "\r\n"));
      int sent = Math.min(body.length, from + atOnce);
      connection.getOutputStream().write(body, from, sent - from);
      while (sent < body.length && !server.isClosed()) {
        Thread.sleep(100);
        int next = Math.min(piece, body.length - sent);
        connection.getOutputStream().write(body, sent, next);
        sent += next;
      }
    } catch (SocketException e) {
      // It hung up.
    }
  }

  private String partial(int from) {
    return from > 0 ? "206 Partial Content" : "200 OK";
  }

  private static int from(StringBuilder request) {
    int range = request.indexOf("Range: bytes=");
    return range < 0
        ? 0
        : Integer.parseInt(
            request.substring(range + "Range: bytes=".length(), request.indexOf("-\r\n", range)));
  }

  private void takeOneByOne(InputStream in) throws IOException, InterruptedException {
    while (!server.isClosed() && in.read() >= 0) {
      Thread.sleep(100);
    }
  }

  @AfterEach
  void stopListening() throws IOException {
    server.close();
  }

  private String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  private RegistryClient client(RegistryTimeouts timeouts, int leastRate) {
    RegistryAccess access =
        new RegistryAccess(
            null,
            Set.of(host()),
            Set.of(),
            CredentialStore.NONE,
            Duration.ofSeconds(5),
            timeouts,
            3,
            null,
            new RegistryLimits(8, 0, 0, leastRate),
            Map.of());
    Backoff backoff = new Backoff(Clock.systemUTC(), new Random(1), wait -> {});
    return new RegistryClient(
        access, backoff, InetAddress::getAllByName, ProxySelector.of(null), Clock.systemUTC());
  }

  private RegistryClient client() {
    return client(
        new RegistryTimeouts(Duration.ofSeconds(20), Duration.ofMillis(800), Duration.ofMinutes(5)),
        LEAST_RATE);
  }

  private ImageReference image() {
    return ImageReference.parse(host() + "/team/app:1");
  }

  private byte[] blob(RegistryClient client) throws Exception {
    try (InputStream in = RegistrySource.open(image(), client).blob(BLOB)) {
      return in.readAllBytes();
    }
  }

  private void givesUp(ThrowingCallable call, String doing) {
    Throwable e = catchThrowable(call);

    assertThat(e)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(doing)
        .hasMessageContaining("expected 16384 a second")
        .hasMessageContaining("leastBytesPerSecond")
        .hasMessageContaining("try again later");
  }

  @Test
  void shouldGiveUpABlobThatTrickles() {
    givesUp(() -> blob(client()), "fetching blob " + BLOB.digest());
    assertThat(connections).hasValue(1);
  }

  @Test
  void shouldGiveUpAManifestThatTrickles() {
    givesUp(RegistrySource.open(image(), client())::root, "fetching manifest " + image());
    assertThat(connections).hasValue(1);
  }

  @Test
  void shouldGiveUpAPageOfTheCatalogThatTrickles() {
    givesUp(
        () -> client().catalog(host()).repositories(names -> true),
        "listing the catalog of " + host());
    assertThat(connections).hasValue(1);
  }

  @Test
  void shouldGiveUpATokenThatTrickles() {
    challenge = true;

    givesUp(RegistrySource.open(image(), client())::root, "fetching manifest " + image());
    assertThat(connections).hasValue(2);
  }

  @Test
  void shouldGiveUpAnUploadThatIsTakenByteByByte() {
    byte[] large = new byte[8 << 20];
    Descriptor layer = new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(large), large.length);
    RegistryPush push = new RegistryPush(client(), image());

    givesUp(
        () -> push.blob(layer, () -> new ByteArrayInputStream(large)),
        "pushing blob " + layer.digest());
  }

  @Test
  void shouldGoOnWithASlowRegistryThatIsFastEnough() throws Exception {
    // 80 kB a second, in pieces.
    piece = PIECE;

    byte[] found = blob(client());

    assertThat(found).isEqualTo(CONTENT);
    assertThat(connections).hasValue(1);
  }

  @Test
  void shouldGoOnWithAnAnswerThatIsSmall() throws Exception {
    content = utf8("{}");
    header = "Content-Type: " + MediaTypes.OCI_MANIFEST + "\r\n";

    long size = RegistrySource.open(image(), client()).root().size();

    assertThat(size).isEqualTo(2);
  }

  @Test
  void shouldTryAnotherConnectionWhereThisOneWasFastEnoughBefore() throws Exception {
    // Given: more than a window's worth at once; the second connection has the rest.
    atOnce = 150_000;

    // When
    byte[] found = blob(client());

    // Then
    assertThat(found).isEqualTo(CONTENT);
    assertThat(connections).hasValue(2);
  }

  @Test
  void shouldGiveUpABlobThatTakesTooLongAltogether() {
    piece = PIECE;
    RegistryTimeouts timeouts =
        new RegistryTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(5), Duration.ofMillis(900));

    Throwable e = catchThrowable(() -> blob(client(timeouts, LEAST_RATE)));

    assertThat(e)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("fetching blob " + BLOB.digest())
        .hasMessageContaining("totalTimeout")
        .hasMessageContaining("try again later");
    assertThat(connections).hasValue(1);
  }

  @Test
  void shouldCountNoTimeInWhichNobodyReads() throws Exception {
    // Given
    atOnce = CONTENT.length;
    RegistryTimeouts timeouts =
        new RegistryTimeouts(
            Duration.ofMillis(700), Duration.ofMillis(300), Duration.ofMillis(900));
    byte[] found = new byte[CONTENT.length];

    // When: our own store is slow.
    try (InputStream in = RegistrySource.open(image(), client(timeouts, LEAST_RATE)).blob(BLOB)) {
      in.readNBytes(found, 0, 10);
      Thread.sleep(1500);
      in.readNBytes(found, 10, found.length - 10);
    }

    // Then
    assertThat(found).isEqualTo(CONTENT);
    assertThat(connections).hasValue(1);
  }

  @Test
  void shouldGoOnForEverWhereNoRateIsWanted() throws Exception {
    content = Arrays.copyOf(CONTENT, 20);
    Descriptor small = new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(content), 20);
    RegistryTimeouts timeouts =
        new RegistryTimeouts(Duration.ofSeconds(20), Duration.ofMillis(300), Duration.ofMinutes(5));

    byte[] found;
    try (InputStream in = RegistrySource.open(image(), client(timeouts, 0)).blob(small)) {
      found = in.readAllBytes();
    }

    assertThat(found).isEqualTo(content);
  }
}
