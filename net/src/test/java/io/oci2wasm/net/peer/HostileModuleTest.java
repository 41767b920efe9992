package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Modules that break the rules of netp. */
@Timeout(180)
class HostileModuleTest {
  private static final int OUT = 0x8000_0000;
  private static final NetworkRules NOTHING = NetworkRules.of(false, List.of(), List.of());
  private static final PublishedPort WEB = PublishedPort.parse("80").get(0);

  private static byte[] message(int stream, MessageType type, int code, String hex) {
    return Message.encode(stream, type, code, ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
  }

  static Stream<Arguments> lies() {
    byte[] unknownWithCode = message(0, MessageType.DATA, 0, "");
    unknownWithCode[6] = 99;
    unknownWithCode[7] = 1;
    return Stream.of(
        Arguments.of("a second HELLO", Message.hello(1, false)),
        Arguments.of("INCOMING", message(OUT, MessageType.INCOMING, 0, "")),
        Arguments.of("ADDRESSES", message(OUT, MessageType.ADDRESSES, 0, "")),
        Arguments.of("RECORDS", message(OUT, MessageType.RECORDS, 0, "0000")),
        Arguments.of("ASK without the feature", message(OUT, MessageType.ASK, 0, "100061")),
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
        Socket client = engine.client(WEB)) {
      // Given
      int stream = engine.taken();

      assertThat(client.isConnected()).isTrue();
      engine.fill(stream);

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
      engine.send(Message.hello(FakeEngine.CREDIT, false));
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
}
