package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import io.oci2wasm.net.peer.FakeEngine.Heard;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Datagrams of published ports, and those that the guest sends. */
@Timeout(180)
class DatagramsTest {
  private static final int OUT = 0x8000_0000;
  private static final int TCP = 1;
  private static final int UDP = 2;
  private static final NetworkRules NOTHING = NetworkRules.of(false, List.of(), List.of());
  private static final PublishedPort NAMES = PublishedPort.parse("53/udp").get(0);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static NetworkRules allowing(int port) {
    return NetworkRules.of(false, List.of("127.0.0.1:" + port), List.of());
  }

  @Test
  void shouldCarryDatagramsOfAPublishedPort() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, NAMES);
        DatagramSocket client = new DatagramSocket(0, LOOPBACK)) {
      // When
      send(client, "one", engine.ports.hostPort(NAMES));
      send(client, "two", engine.ports.hostPort(NAMES));

      // Then
      Heard incoming = engine.next();
      assertThat(incoming.type()).isEqualTo(MessageType.INCOMING);
      assertThat(incoming.bytes()).startsWith(UDP, 4, 53, 0, 127, 0, 0, 1);
      assertThat(engine.expect(incoming.stream(), MessageType.DATA).payload()).isEqualTo("one");
      assertThat(engine.expect(incoming.stream(), MessageType.DATA).payload()).isEqualTo("two");
      engine.send(incoming.stream(), MessageType.DATA, "answer");
      assertThat(receive(client)).isEqualTo("answer");
    }
  }

  @Test
  void shouldAnnounceAClientAnewAfterItsFlowHasEnded() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, NAMES);
        DatagramSocket client = new DatagramSocket(0, LOOPBACK)) {
      // Given
      send(client, "one", engine.ports.hostPort(NAMES));
      int first = engine.next().stream();
      engine.expect(first, MessageType.DATA);
      engine.send(first, MessageType.END, "");
      engine.open(OUT, TCP, "127.0.0.1", 1);
      engine.expect(OUT, MessageType.RESET);

      // When
      send(client, "two", engine.ports.hostPort(NAMES));

      // Then
      Heard second = engine.next();
      assertThat(second.type()).isEqualTo(MessageType.INCOMING);
      assertThat(second.stream()).isNotEqualTo(first);
    }
  }

  @Test
  void shouldSendDatagramsWhereTheRulesAllow() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK);
        FakeEngine engine = FakeEngine.ready(allowing(server.getLocalPort()))) {
      // When
      engine.open(OUT, UDP, "127.0.0.1", server.getLocalPort());
      engine.send(OUT, MessageType.DATA, "question");

      // Then
      DatagramPacket got = new DatagramPacket(new byte[100], 100);
      server.setSoTimeout(10_000);
      server.receive(got);
      assertThat(new String(got.getData(), 0, got.getLength(), UTF_8)).isEqualTo("question");
      server.send(new DatagramPacket("answer".getBytes(UTF_8), 6, got.getSocketAddress()));
      assertThat(engine.expect(OUT, MessageType.DATA).payload()).isEqualTo("answer");
      engine.open(OUT + 1, UDP, "127.0.0.2", server.getLocalPort());
      assertThat(engine.expect(OUT + 1, MessageType.RESET).code()).isEqualTo(Reason.DENIED.code());
    }
  }

  @Test
  void shouldHaveNoMoreFlowsThanTheLimit() throws Exception {
    try (FakeEngine engine =
        FakeEngine.ready(NetworkRules.of(false, List.of("127.0.0.0/8"), List.of()))) {
      // Given
      for (int i = 0; i < FakeEngine.FEW.flows(); i++) {
        engine.open(OUT + i, UDP, "127.0.0.1", 9);
      }

      // When
      engine.open(OUT + 10, UDP, "127.0.0.1", 9);

      // Then
      assertThat(engine.expect(OUT + 10, MessageType.RESET).code()).isEqualTo(Reason.LIMIT.code());
    }
  }

  private static void send(DatagramSocket socket, String text, int port) throws IOException {
    socket.send(new DatagramPacket(text.getBytes(UTF_8), text.length(), LOOPBACK, port));
  }

  private static String receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    socket.setSoTimeout(10_000);
    socket.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), UTF_8);
  }
}
