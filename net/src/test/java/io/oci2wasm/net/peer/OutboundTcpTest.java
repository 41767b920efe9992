package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** TCP connections that the guest makes. */
@Timeout(180)
class OutboundTcpTest {
  private static final int OUT = 0x8000_0000;
  private static final int TCP = 1;
  private static final PublishedPort WEB = PublishedPort.parse("80").get(0);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static NetworkRules allowing(int port) {
    return NetworkRules.of(false, List.of("127.0.0.1:" + port), List.of());
  }

  @Test
  void shouldConnectWhereTheRulesAllow() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
        FakeEngine engine = FakeEngine.ready(allowing(server.getLocalPort()))) {
      // When
      engine.open(OUT, TCP, "127.0.0.1", server.getLocalPort());

      // Then
      engine.expect(OUT, MessageType.OPENED);
      try (Socket there = server.accept()) {
        engine.send(OUT, MessageType.DATA, "GET");
        assertThat(there.getInputStream().readNBytes(3)).asString().isEqualTo("GET");
        there.getOutputStream().write("OK".getBytes(UTF_8));
        assertThat(engine.data(OUT)).isEqualTo("OK");
      }
      engine.expect(OUT, MessageType.END);
    }
  }

  @Test
  void shouldConnectNowhereElse() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
        FakeEngine engine = FakeEngine.ready(NetworkRules.of(true, List.of(), List.of()))) {
      for (String address :
          List.of("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.2.2", "0.0.0.0")) {
        // When
        engine.open(OUT, TCP, address, server.getLocalPort());

        // Then
        assertThat(engine.expect(OUT, MessageType.RESET).code()).isEqualTo(Reason.DENIED.code());
      }
      server.setSoTimeout(100);
      assertThatThrownBy(server::accept).isInstanceOf(IOException.class);
    }
  }

  @Test
  void shouldReachTheHostByItsGateway() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
        FakeEngine engine =
            FakeEngine.ready(
                NetworkRules.of(
                    false, List.of("host-gateway:" + server.getLocalPort()), List.of()))) {
      // When
      engine.open(OUT, TCP, "10.0.2.2", server.getLocalPort());

      // Then
      engine.expect(OUT, MessageType.OPENED);
      server.accept().close();
    }
  }

  @Test
  void shouldSayThatAConnectionIsRefused() throws Exception {
    int free;
    try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK)) {
      free = server.getLocalPort();
    }
    try (FakeEngine engine = FakeEngine.ready(allowing(free))) {
      // When
      engine.open(OUT, TCP, "127.0.0.1", free);

      // Then
      assertThat(engine.expect(OUT, MessageType.RESET).code()).isEqualTo(Reason.REFUSED.code());
    }
  }

  @Test
  void shouldHaveNoMoreConnectionsThanTheLimit() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, LOOPBACK);
        FakeEngine engine = FakeEngine.ready(allowing(server.getLocalPort()), WEB)) {
      // Given
      for (int i = 0; i < FakeEngine.FEW.streams(); i++) {
        engine.open(OUT + i, TCP, "127.0.0.1", server.getLocalPort());
        engine.expect(OUT + i, MessageType.OPENED);
      }

      // When
      engine.open(OUT + 10, TCP, "127.0.0.1", server.getLocalPort());

      // Then
      assertThat(engine.expect(OUT + 10, MessageType.RESET).code()).isEqualTo(Reason.LIMIT.code());
      try (Socket waiting = engine.client(WEB)) {
        engine.expectSilence(200);
        engine.send(OUT, MessageType.RESET, Reason.BROKEN.code(), "");
        assertThat(engine.next().type()).isEqualTo(MessageType.INCOMING);
        assertThat(waiting.isConnected()).isTrue();
      }
    }
  }

  @Test
  void shouldCountConnectionsThatOnlyHaveBytesToWrite() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, LOOPBACK);
        FakeEngine engine = FakeEngine.ready(allowing(server.getLocalPort()))) {
      // Given
      server.setReceiveBufferSize(4096);
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < FakeEngine.FEW.streams(); i++) {
        engine.open(OUT + i, TCP, "127.0.0.1", server.getLocalPort());
        engine.expect(OUT + i, MessageType.OPENED);
        Socket there = server.accept();
        open.add(there);
        there.shutdownOutput();
        engine.expect(OUT + i, MessageType.END);
        engine.fill(OUT + i);
        engine.send(OUT + i, MessageType.END, "");
      }

      // When
      engine.open(OUT + 10, TCP, "127.0.0.1", server.getLocalPort());

      // Then
      assertThat(engine.expect(OUT + 10, MessageType.RESET).code()).isEqualTo(Reason.LIMIT.code());
      for (Socket each : open) {
        each.close();
      }
    }
  }
}
