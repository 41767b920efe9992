package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.api.SilentCloseable;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A module that says anything at all in netp: nobody comes where no rule leads, and the peer ends
 * as with any other, without a defect.
 */
class NetPeerFuzz {
  private static final int OUT = 0x8000_0000;
  private static final int FIRST_CLIENT = 6;
  private static final int PORT_AT = Message.HEADER_BYTES + 2;
  private static final PublishedPort WEB = PublishedPort.parse("80").get(0);
  private static final String PUBLIC_NAME = "site.example";

  /** Ports of OPEN that stand for those of the servers below. */
  private static final int ALLOWED = 1;

  private static final int FORBIDDEN = 2;

  private final ServerSocket allowed;
  private final ServerSocketChannel forbidden;

  NetPeerFuzz() throws IOException {
    allowed = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    forbidden = ServerSocketChannel.open();
    forbidden.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    forbidden.configureBlocking(false);
    inBackground(this::serve);
  }

  private static void inBackground(Runnable work) {
    Thread thread = new Thread(work, "fuzz");
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    try {
      while (true) {
        Socket client = allowed.accept();
        inBackground(() -> readAll(client));
      }
    } catch (IOException e) {
      // The target has ended.
    }
  }

  private static void readAll(Socket client) {
    try (client) {
      client.getOutputStream().write(1);
      client.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // Reset by the module.
    }
  }

  private static byte[] session(String... messages) {
    return HexFormat.of().parseHex(String.join("", messages));
  }

  private static String say(int stream, MessageType type, int code, String payload) {
    byte[] bytes = HexFormat.of().parseHex(payload);
    return HexFormat.of().formatHex(Message.encode(stream, type, code, ByteBuffer.wrap(bytes)));
  }

  private static String open(int stream, int kind, int port) {
    return say(stream, MessageType.OPEN, 0, String.format("%02x04%02x007f000001", kind, port));
  }

  /** What engines say, and some lies. */
  static Stream<byte[]> sessions() {
    String name = HexFormat.of().formatHex(PUBLIC_NAME.getBytes(ISO_8859_1));
    String data = "616263";
    return Stream.of(
        session(
            say(FIRST_CLIENT, MessageType.OPENED, 0, ""),
            say(FIRST_CLIENT, MessageType.DATA, 0, data),
            say(FIRST_CLIENT, MessageType.CREDIT, 0, "03000000"),
            say(FIRST_CLIENT, MessageType.END, 0, ""),
            say(0, MessageType.EXIT, 0, "07000000")),
        session(
            open(OUT, 1, ALLOWED),
            say(OUT, MessageType.DATA, 0, data),
            say(OUT, MessageType.END, 0, ""),
            say(OUT, MessageType.RESET, 6, "")),
        session(open(OUT, 1, FORBIDDEN), open(OUT + 1, 2, FORBIDDEN)),
        session(
            open(OUT, 2, ALLOWED),
            say(OUT, MessageType.DATA, 0, data),
            say(OUT, MessageType.RESET, 0, "")),
        session(
            say(OUT, MessageType.RESOLVE, 4, name),
            say(OUT + 1, MessageType.RESOLVE, 6, name),
            say(OUT + 2, MessageType.OPEN, 0, "010402000a000202")),
        session(
            say(1, MessageType.CREDIT, 0, "00010000"),
            say(2, MessageType.DATA, 0, data),
            say(3, MessageType.DATA, 0, data),
            say(2, MessageType.END, 0, ""),
            say(4, MessageType.RESET, 6, "")),
        session(say(0, MessageType.HELLO, 0, "4f32574e01000000ffffffff00000000")));
  }

  @MethodSource("sessions")
  @FuzzTest
  void shouldBearAnyModule(byte[] said) throws Exception {
    NetworkRules rules =
        NetworkRules.of(
            false,
            List.of("127.0.0.1:" + allowed.getLocalPort(), PUBLIC_NAME),
            List.of("db:10.1.2.3"));
    try (FakeEngine engine = new FakeEngine(rules, InputStream.nullInputStream(), Map.of(), WEB)) {
      Set<Integer> open = Set.of(allowed.getLocalPort(), engine.ports.hostPort(WEB));
      SilentCloseable guard =
          BugDetectors.allowNetworkConnections((host, port) -> open.contains(port));
      try {
        bear(engine, said);
      } finally {
        guard.close();
      }
    }
  }

  private void bear(FakeEngine engine, byte[] said) throws Exception {
    engine.begin();
    engine.expect(1, MessageType.END);
    try (Socket client = engine.client(WEB)) {
      inBackground(() -> readAll(client));
      // The client's stream is there: its number is one that the module may name.
      engine.expect(FIRST_CLIENT, MessageType.INCOMING);

      // When
      try {
        engine.send(withPorts(said));
      } catch (IOException e) {
        // The peer has ended it.
      }

      // Then
      engine.end();
      assertThat(forbidden.accept()).isNull();
    }
  }

  /** The same with the servers' ports in OPEN. */
  private byte[] withPorts(byte[] said) throws IOException {
    int closed = ((InetSocketAddress) forbidden.getLocalAddress()).getPort();
    byte[] bytes = said.clone();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (at + PORT_AT + Short.BYTES <= bytes.length) {
      if (bytes[at + 6] == 2) {
        switch (buffer.getShort(at + PORT_AT)) {
          case ALLOWED -> buffer.putShort(at + PORT_AT, (short) allowed.getLocalPort());
          case FORBIDDEN -> buffer.putShort(at + PORT_AT, (short) closed);
          default -> {}
        }
      }
      at += Message.HEADER_BYTES + (buffer.getShort(at + 4) & 0xffff);
    }
    return bytes;
  }
}
