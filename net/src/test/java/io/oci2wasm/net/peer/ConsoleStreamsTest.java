package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.peer.FakeEngine.Heard;
import io.oci2wasm.net.rules.NetworkRules;
import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The container's own streams. */
@Timeout(180)
class ConsoleStreamsTest {
  private static final NetworkRules NOTHING = NetworkRules.of(false, List.of(), List.of());

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
}
