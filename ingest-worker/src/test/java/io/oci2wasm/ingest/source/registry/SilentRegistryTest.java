package io.oci2wasm.ingest.source.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A registry that accepts connections and never finishes an answer. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class SilentRegistryTest {
  private final AtomicInteger connections = new AtomicInteger();
  private ServerSocket server;

  /** What is sent again and again, twice in every time limit; nothing keeps silent. */
  private volatile String drip = "";

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
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
      connection.getOutputStream().write(RegistryServers.utf8("HTTP/1.1 200 OK\r\n"));
      while (!server.isClosed()) {
        connection.getOutputStream().write(RegistryServers.utf8(drip));
        Thread.sleep(200);
      }
    }
  }

  @AfterEach
  void stopListening() throws IOException {
    server.close();
  }

  private RegistrySource image(Duration readTimeout) {
    String host = "127.0.0.1:" + server.getLocalPort();
    RegistryAccess access =
        new RegistryAccess(
            null,
            Set.of(host),
            Set.of(),
            CredentialStore.NONE,
            Duration.ofSeconds(5),
            RegistryTimeouts.of(readTimeout, Duration.ofHours(1)),
            2,
            null,
            RegistryLimits.DEFAULT,
            Map.of());
    Backoff backoff = new Backoff(Clock.systemUTC(), new Random(1), wait -> {});
    return RegistrySource.open(
        ImageReference.parse(host + "/team/app:1"),
        new RegistryClient(
            access, backoff, InetAddress::getAllByName, ProxySelector.of(null), Clock.systemUTC()));
  }

  @Test
  void shouldGiveUpOnSilence() {
    Throwable e = catchThrowable(image(Duration.ofMillis(500))::root);

    assertThat(e)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("found no answer for 0.5 s")
        .hasMessageContaining("after 2 attempts");
    assertThat(connections).hasValue(2);
  }

  @Test
  void shouldGiveUpOnAnAnswerWhoseHeadersNeverEnd() {
    drip = "X-More: 1\r\n";

    Throwable e = catchThrowable(image(Duration.ofMillis(500))::root);

    assertThat(e)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("found no answer for");
    assertThat(connections).hasValue(2);
  }

  @Test
  void shouldStopWaitingWhenInterrupted() throws Exception {
    RegistrySource image = image(Duration.ofMinutes(10));
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread waiting = new Thread(() -> thrown.set(catchThrowable(image::root)));
    waiting.start();
    await().until(() -> connections.get() == 1);

    waiting.interrupt();

    waiting.join(30_000);
    assertThat(waiting.isAlive()).isFalse();
    assertThat(thrown.get()).isInstanceOf(IOException.class);
    assertThat(connections).hasValue(1);
  }
}
