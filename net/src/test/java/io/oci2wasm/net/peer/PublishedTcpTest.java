package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import io.oci2wasm.net.peer.FakeEngine.Heard;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of a published TCP port, and the streams that they become. */
@Timeout(180)
class PublishedTcpTest {
  private static final NetworkRules NOTHING = NetworkRules.of(false, List.of(), List.of());
  private static final PublishedPort WEB = PublishedPort.parse("80").get(0);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @Test
  void shouldAnnounceAClient() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket client = engine.client(WEB)) {
      // When
      Heard incoming = engine.next();

      // Then
      int port = client.getLocalPort();
      assertThat(incoming.type()).isEqualTo(MessageType.INCOMING);
      assertThat(incoming.stream()).isGreaterThanOrEqualTo(5);
      assertThat(incoming.bytes())
          .containsExactly(1, 4, 80, 0, 127, 0, 0, 1, (byte) port, (byte) (port >> 8));
    }
  }

  @Test
  void shouldCarryBytesAndEndsBothWays() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket client = engine.client(WEB)) {
      // Given
      int stream = engine.taken();

      // When
      client.getOutputStream().write("question".getBytes(UTF_8));
      client.shutdownOutput();

      // Then
      assertThat(engine.data(stream)).isEqualTo("question");
      engine.expect(stream, MessageType.END);
      engine.send(stream, MessageType.DATA, "ans");
      engine.send(stream, MessageType.DATA, "wer");
      engine.send(stream, MessageType.END, "");
      assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
    }
  }

  @Test
  void shouldPassOnTheGuestsEndBeforeTheClients() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket client = engine.client(WEB)) {
      // Given
      int stream = engine.taken();
      engine.send(stream, MessageType.END, "");
      assertThat(client.getInputStream().read()).isNegative();

      // When
      client.getOutputStream().write("late".getBytes(UTF_8));
      client.shutdownOutput();

      // Then
      assertThat(engine.data(stream)).isEqualTo("late");
      engine.expect(stream, MessageType.END);
    }
  }

  @Test
  void shouldResetAClientThatTheGuestDoesNotTake() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket client = engine.client(WEB)) {
      // Given
      int stream = engine.next().stream();

      // When
      engine.send(stream, MessageType.RESET, Reason.REFUSED.code(), "");

      // Then
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @Test
  void shouldTellTheGuestThatAClientReset() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB)) {
      // Given
      Socket client = engine.client(WEB);
      int stream = engine.taken();
      client.setSoLinger(true, 0);

      // When
      client.close();

      // Then
      assertThat(engine.expect(stream, MessageType.RESET).code()).isEqualTo(Reason.BROKEN.code());
    }
  }

  @Test
  void shouldSendTheGuestNoMoreThanItsCredit() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket client = engine.client(WEB)) {
      // Given
      int stream = engine.taken();

      // When
      client.setSendBufferSize(1 << 20);
      client.getOutputStream().write(new byte[2 * FakeEngine.CREDIT]);
      client.shutdownOutput();

      // Then
      int got = 0;
      while (got < FakeEngine.CREDIT) {
        got += engine.expect(stream, MessageType.DATA).payload().length();
      }
      assertThat(got).isEqualTo(FakeEngine.CREDIT);
      engine.expectSilence(300);
      engine.send(Message.credit(stream, 10));
      assertThat(engine.expect(stream, MessageType.DATA).payload()).hasSize(10);
      engine.expectSilence(300);
    }
  }

  @Test
  void shouldKeepTheCreditOfASlowReaderAndStallNobodyElse() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket slow = new Socket()) {
      // Given
      slow.setReceiveBufferSize(4096);
      slow.connect(new InetSocketAddress(LOOPBACK, engine.ports.hostPort(WEB)));
      int stream = engine.taken();

      // When
      long sent = engine.fill(stream);

      // Then
      assertThat(sent).isLessThan(32 << 20);
      try (Socket other = engine.client(WEB)) {
        int second = engine.taken();
        engine.send(second, MessageType.DATA, "hello");
        assertThat(other.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
      }
      engine.send(stream, MessageType.END, "");
      assertThat(slow.getInputStream().readAllBytes()).hasSize((int) sent);
    }
  }

  @Test
  void shouldDeliverTheGuestsLastBytesAfterItsEnd() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket slow = engine.client(WEB)) {
      // Given
      int stream = engine.taken();
      long sent = engine.fill(stream);
      engine.send(stream, MessageType.END, "");
      engine.exit(0);

      // When
      CompletableFuture<NetPeer.End> end =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return engine.end();
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      Thread.sleep(300); // the engine has gone before the client reads
      byte[] all = slow.getInputStream().readAllBytes();

      // Then
      assertThat(all).hasSize((int) sent);
      assertThat(end.get(20, TimeUnit.SECONDS).exitCode()).isEqualTo(OptionalInt.of(0));
    }
  }

  @Test
  void shouldSayWhichPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 5, LOOPBACK)) {
      // Given
      PublishedPort free = PublishedPort.parse("81").get(0);
      String word = taken.getLocalPort() + ":80";

      // When / Then
      assertThatThrownBy(() -> PublishedPorts.take(List.of(free, PublishedPort.parse(word).get(0))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1:" + taken.getLocalPort() + "->80/tcp")
          .hasMessageContaining("cannot be taken");
    }
  }
}
