package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import io.oci2wasm.net.peer.FakeEngine.Heard;
import io.oci2wasm.net.rules.IpAddress;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(180)
class NetPeerTest {
  private static final int OUT = 0x8000_0000;
  private static final int TCP = 1;
  private static final int UDP = 2;
  private static final NetworkRules NOTHING = NetworkRules.of(false, List.of(), List.of());
  private static final PublishedPort WEB = PublishedPort.parse("80").get(0);
  private static final PublishedPort NAMES = PublishedPort.parse("53/udp").get(0);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static NetworkRules allowing(int port) {
    return NetworkRules.of(false, List.of("127.0.0.1:" + port), List.of());
  }

  private static Socket client(FakeEngine engine) throws IOException {
    return new Socket(LOOPBACK, engine.ports.hostPort(WEB));
  }

  /** A stream from a client that the guest has taken. */
  private static int taken(FakeEngine engine) throws Exception {
    Heard incoming = engine.next();
    assertThat(incoming.type()).isEqualTo(MessageType.INCOMING);
    engine.send(incoming.stream(), MessageType.OPENED, "");
    return incoming.stream();
  }

  @Test
  void shouldAnnounceAClient() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket client = client(engine)) {
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
        Socket client = client(engine)) {
      // Given
      int stream = taken(engine);

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
        Socket client = client(engine)) {
      // Given
      int stream = taken(engine);
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
        Socket client = client(engine)) {
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
      Socket client = client(engine);
      int stream = taken(engine);
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
        Socket client = client(engine)) {
      // Given
      int stream = taken(engine);

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
      int stream = taken(engine);

      // When
      long sent = fill(engine, stream);

      // Then
      assertThat(sent).isLessThan(32 << 20);
      try (Socket other = client(engine)) {
        int second = taken(engine);
        engine.send(second, MessageType.DATA, "hello");
        assertThat(other.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
      }
      engine.send(stream, MessageType.END, "");
      assertThat(slow.getInputStream().readAllBytes()).hasSize((int) sent);
    }
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
      try (Socket waiting = client(engine)) {
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
        fill(engine, OUT + i);
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

  /** Sends until the peer gives no credit any more: bytes wait in it. */
  private static long fill(FakeEngine engine, int stream) throws Exception {
    String piece = "x".repeat(16 * 1024);
    long sent = 0;
    long leave = FakeEngine.CREDIT;
    while (leave >= piece.length()) {
      engine.send(stream, MessageType.DATA, piece);
      sent += piece.length();
      leave -= piece.length();
      for (Heard credit = engine.poll(leave > 0 ? 5 : 300);
          credit != null;
          credit = engine.poll(5)) {
        leave += FakeEngine.number(credit);
      }
    }
    return sent;
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

  @Test
  void shouldTellOnlyAddressesThatMayBeReached() throws Exception {
    NetworkRules rules = NetworkRules.of(false, List.of("site.example:80"), List.of("db:10.1.2.3"));
    Map<String, List<IpAddress>> names =
        Map.of(
            "site.example",
            Stream.of("127.0.0.1", "8.8.8.8", "169.254.169.254", "::1", "2606:4700::1")
                .map(text -> IpAddress.parse(text).orElseThrow())
                .toList());
    try (FakeEngine engine = new FakeEngine(rules, InputStream.nullInputStream(), names)) {
      engine.begin();
      engine.expect(1, MessageType.END);

      // When
      engine.send(OUT, MessageType.RESOLVE, 4, "site.example");
      Heard four = engine.expect(OUT, MessageType.ADDRESSES);
      engine.send(OUT + 1, MessageType.RESOLVE, 6, "site.example");
      Heard six = engine.expect(OUT + 1, MessageType.ADDRESSES);
      engine.send(OUT + 2, MessageType.RESOLVE, 4, "other.example");
      Heard other = engine.expect(OUT + 2, MessageType.ADDRESSES);
      engine.send(OUT + 3, MessageType.RESOLVE, 4, "db");
      Heard pinned = engine.expect(OUT + 3, MessageType.ADDRESSES);
      engine.open(OUT + 4, TCP, "127.0.0.1", 80);

      // Then
      assertThat(four.bytes()).containsExactly(8, 8, 8, 8);
      assertThat(four.code()).isZero();
      assertThat(six.bytes()).startsWith(0x26, 0x06, 0x47, 0).hasSize(16);
      assertThat(other).isEqualTo(new Heard(OUT + 2, MessageType.ADDRESSES, 3, ""));
      assertThat(pinned.bytes()).containsExactly(10, 1, 2, 3);
      assertThat(engine.expect(OUT + 4, MessageType.RESET).code()).isEqualTo(Reason.DENIED.code());
    }
  }

  @Test
  void shouldCarryTheConsole() throws Exception {
    try (FakeEngine engine =
        new FakeEngine(NOTHING, new ByteArrayInputStream("typed".getBytes(UTF_8)), Map.of())) {
      // When
      engine.peer.say("signal 15\n".getBytes(UTF_8));
      engine.begin();
      Map<Integer, String> got = new HashMap<>();
      for (int i = 0; i < 3; i++) {
        Heard next = engine.next();
        got.merge(
            next.stream(), next.type() == MessageType.END ? "|" : next.payload(), String::concat);
      }
      engine.send(2, MessageType.DATA, "out");
      engine.send(3, MessageType.DATA, "err");
      engine.exit(200);
      NetPeer.End end = engine.end();

      // Then
      assertThat(got).isEqualTo(Map.of(1, "typed|", 4, "signal 15\n"));
      assertThat(engine.stdout).hasToString("out");
      assertThat(engine.stderr).hasToString("err");
      assertThat(end.exitCode()).isEqualTo(OptionalInt.of(200));
      assertThat(end.brokenRule()).isEmpty();
    }
  }

  @Test
  void shouldDeliverTheGuestsLastBytesAfterItsEnd() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket slow = client(engine)) {
      // Given
      int stream = taken(engine);
      long sent = fill(engine, stream);
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

  private static byte[] message(int stream, MessageType type, int code, String hex) {
    return Message.encode(stream, type, code, ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
  }

  static Stream<Arguments> lies() {
    byte[] unknownWithCode = message(0, MessageType.DATA, 0, "");
    unknownWithCode[6] = 99;
    unknownWithCode[7] = 1;
    return Stream.of(
        Arguments.of("a second HELLO", Message.hello(1)),
        Arguments.of("INCOMING", message(OUT, MessageType.INCOMING, 0, "")),
        Arguments.of("ADDRESSES", message(OUT, MessageType.ADDRESSES, 0, "")),
        Arguments.of(
            "OPEN of the peer's numbers", message(9, MessageType.OPEN, 0, "010450007f000001")),
        Arguments.of("OPEN of unknown kind", message(OUT, MessageType.OPEN, 0, "030450007f000001")),
        Arguments.of("OPEN of family 5", message(OUT, MessageType.OPEN, 0, "010550007f000001")),
        Arguments.of("short OPEN", message(OUT, MessageType.OPEN, 0, "010450007f0000")),
        Arguments.of("long OPEN", message(OUT, MessageType.OPEN, 0, "010450007f00000101")),
        Arguments.of("empty OPEN", message(OUT, MessageType.OPEN, 0, "")),
        Arguments.of("RESOLVE of family 0", message(OUT, MessageType.RESOLVE, 0, "61")),
        Arguments.of("RESOLVE of the peer's numbers", message(9, MessageType.RESOLVE, 4, "61")),
        Arguments.of("DATA with a code", message(2, MessageType.DATA, 1, "61")),
        Arguments.of("unknown type with a code", unknownWithCode),
        Arguments.of("input of the engine", message(1, MessageType.DATA, 0, "61")),
        Arguments.of("control lines of the engine", message(4, MessageType.DATA, 0, "61")),
        Arguments.of("credit for its own output", message(2, MessageType.CREDIT, 0, "01000000")),
        Arguments.of("short credit", message(1, MessageType.CREDIT, 0, "010000")),
        Arguments.of("negative credit", message(1, MessageType.CREDIT, 0, "ffffffff")),
        Arguments.of("too much credit", message(1, MessageType.CREDIT, 0, "ffffff7f")),
        Arguments.of("OPENED of input", message(1, MessageType.OPENED, 0, "")),
        Arguments.of("short EXIT", message(0, MessageType.EXIT, 0, "00")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void shouldEndAModuleThatBreaksTheRules(String what, byte[] lie) throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING)) {
      // When
      engine.send(lie);

      // Then
      assertThat(engine.peer.await().brokenRule()).as(what).isPresent();
    }
  }

  @Test
  void shouldEndAModuleThatSendsMoreThanItsCredit() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING, WEB);
        Socket client = client(engine)) {
      // Given
      int stream = taken(engine);

      assertThat(client.isConnected()).isTrue();
      fill(engine, stream);

      // When
      engine.send(stream, MessageType.DATA, "x".repeat(16 * 1024));

      // Then
      assertThat(engine.peer.await().brokenRule().orElseThrow())
          .contains("16384 bytes")
          .contains("expected at most its credit");
    }
  }

  @Test
  void shouldEndAModuleThatIsNoEngine() throws Exception {
    try (FakeEngine engine = new FakeEngine(NOTHING, InputStream.nullInputStream(), Map.of())) {
      // When
      engine.send("Hello".getBytes(ISO_8859_1));

      // Then
      NetPeer.End end = engine.peer.await();
      assertThat(end.exitCode()).isEmpty();
      assertThat(end.brokenRule().orElseThrow()).contains("no HELLO").contains("bundle");
    }
  }

  @Test
  void shouldEndAModuleThatAsksAndReadsNoAnswer() throws Exception {
    try (FakeEngine engine = new FakeEngine(NOTHING, InputStream.nullInputStream(), Map.of())) {
      // Given
      engine.send(Message.hello(FakeEngine.CREDIT));
      byte[] question = message(OUT, MessageType.RESOLVE, 4, "61");
      byte[] many = new byte[1000 * question.length];
      for (int i = 0; i < 1000; i++) {
        System.arraycopy(question, 0, many, i * question.length, question.length);
      }

      // When
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  engine.send(many);
                }
              })
          .isInstanceOf(IOException.class);

      // Then
      assertThat(engine.peer.await().brokenRule().orElseThrow()).contains("reads no answers");
    }
  }

  @Test
  void shouldSkipWhatALaterVersionSays() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NOTHING)) {
      // Given
      byte[] unknown = message(OUT, MessageType.DATA, 0, "616263");
      unknown[6] = 99;

      // When
      engine.send(unknown);
      engine.send(OUT + 7, MessageType.DATA, "for a stream that is over");
      engine.send(OUT, MessageType.RESOLVE, 4, "x");

      // Then
      engine.expect(OUT, MessageType.ADDRESSES);
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
