package io.oci2wasm.runtime.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oci2wasm.runtime.config.ByteSize;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that accepts connections and says nothing, or stops in the middle, or refuses. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
@Timeout(60)
class HangingStoreTest {
  @TempDir private Path directory;

  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private ServerSocket server;
  private ObjectStore store;

  /** What is answered to every request; then nothing more is said. */
  private volatile String answer = "";

  /** How many connections are told nothing before that. */
  private final AtomicInteger silent = new AtomicInteger();

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                Throwable unused = catchThrowable(this::accept);
              }
            });
    thread.setDaemon(true);
    thread.start();
    store = ObjectStore.open(config(Duration.ofSeconds(1)));
  }

  private void accept() throws IOException {
    Socket connection = server.accept();
    connections.add(connection);
    if (!answer.isEmpty() && silent.getAndDecrement() <= 0) {
      InputStream in = connection.getInputStream();
      StringBuilder request = new StringBuilder();
      while (request.indexOf("\r\n\r\n") < 0) {
        request.append((char) in.read());
      }
      connection.getOutputStream().write(answer.getBytes(US_ASCII));
    }
  }

  private StoreConfig config(Duration call) throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    return new StoreConfig(
        URI.create("http://127.0.0.1:" + server.getLocalPort()),
        "us-east-1",
        "bucket",
        true,
        secret,
        secret,
        new ByteSize(5L << 20),
        Duration.ofSeconds(2),
        Duration.ofMillis(400),
        call);
  }

  @AfterEach
  void stop() throws IOException {
    store.close();
    server.close();
    for (Socket connection : connections) {
      connection.close();
    }
  }

  private static void isUnavailable(ThrowingCallable call, String doing) {
    StoreUnavailableException e = catchThrowableOfType(StoreUnavailableException.class, call);

    assertThat(e).hasMessageContaining("object store, " + doing);
    assertThat(e.isRefused()).isFalse();
  }

  @Test
  void shouldGiveUpCallsThatNobodyAnswers() {
    byte[] content = new byte[11 << 20];

    isUnavailable(() -> store.head("key"), "looking for key");
    isUnavailable(() -> store.get("key"), "reading key");
    isUnavailable(() -> store.list("keys/"), "listing keys/");
    isUnavailable(() -> store.put("key", new byte[100]), "writing key");
    isUnavailable(
        () -> store.put("key", new ByteArrayInputStream(content), content.length, () -> {}),
        "beginning to write key");
    isUnavailable(store::ensureBucket, "looking for bucket bucket");
    isUnavailable(() -> store.inventory().delete("key"), "removing key");
  }

  /** A process that starts on a busy machine does not end because one answer was late. */
  @Test
  void shouldAskAgainForTheBucketAtStart() throws Exception {
    answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    silent.set(1);

    try (ObjectStore patient = ObjectStore.open(config(Duration.ofSeconds(30)))) {
      assertThatCode(patient::ensureBucket).doesNotThrowAnyException();
    }

    assertThat(connections).hasSizeGreaterThan(1);
  }

  @Test
  void shouldGiveUpAWriteThatNobodyTakes() {
    isUnavailable(() -> store.put("key", new byte[1 << 20]), "writing key");
  }

  @Test
  void shouldGiveUpAnObjectThatStopsInTheMiddle() throws Exception {
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"a\"\r\n\r\nbegin";

    try (InputStream in = store.get("key").orElseThrow()) {
      assertThat(in.readNBytes(5)).isEqualTo("begin".getBytes(US_ASCII));
      isUnavailable(in::read, "reading key");
    }
  }

  @Test
  void shouldTellWithinASecondThatItHangs() throws Exception {
    int askers = 20;
    ExecutorService threads = Executors.newFixedThreadPool(askers);
    List<Future<Throwable>> told = new ArrayList<>();
    for (int i = 0; i < askers; i++) {
      told.add(threads.submit(() -> catchThrowable(store::checkReachable)));
    }

    // A generous second: the machine may be busy. Without the limit it is five.
    for (Future<Throwable> one : told) {
      assertThat(one.get(4, TimeUnit.SECONDS))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("no answer for 800 ms");
    }
    threads.shutdownNow();
    // One question for all of them, with its tries.
    assertThat(connections).hasSizeLessThan(askers / 2);
  }

  @Test
  void shouldTellThatItIsBack() throws Exception {
    Throwable hanging = catchThrowable(store::checkReachable);
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    assertThat(hanging).isInstanceOf(StoreUnavailableException.class);
    // Each question takes a while: the one that hangs is given up within five seconds.
    Throwable last = hanging;
    for (int i = 0; i < 40 && last != null; i++) {
      last = catchThrowable(store::checkReachable);
    }
    assertThat(last).isNull();
  }

  @Test
  void shouldTellARefusalThatStays() {
    answer =
        error(403, "AccessDenied", "Access Denied")
            .replace("Content-Length", "Connection: close\r\nContent-Length");

    StoreUnavailableException e =
        catchThrowableOfType(StoreUnavailableException.class, () -> store.put("key", new byte[1]));

    assertThat(e.isRefused()).isTrue();
    assertThat(e)
        .hasMessageContaining("writing key")
        .hasMessageContaining("Access Denied")
        .hasMessageContaining("check store in the configuration");
    // A first try, and the S3 client's.
    assertThat(connections).hasSize(2);
  }

  @Test
  void shouldTellARefusalWithoutABody() {
    answer = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    StoreUnavailableException e =
        catchThrowableOfType(StoreUnavailableException.class, () -> store.head("key"));

    assertThat(e.isRefused()).isTrue();
  }

  @Test
  void shouldAskAgainWhereATokenHasExpired() {
    answer = error(403, "ExpiredToken", "expired");

    isUnavailable(() -> store.put("key", new byte[1]), "writing key");
  }

  private static String error(int status, String code, String message) {
    String body = "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>";
    return "HTTP/1.1 "
        + status
        + " Refused\r\nContent-Type: application/xml\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }
}
