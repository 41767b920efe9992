package io.oci2wasm.net.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import io.oci2wasm.net.peer.FakeEngine.Heard;
import io.oci2wasm.net.rules.IpAddress;
import io.oci2wasm.net.rules.NetworkRules;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names that the guest asks for. */
@Timeout(180)
class NamesTest {
  private static final int OUT = 0x8000_0000;
  private static final int TCP = 1;

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
  void shouldGiveRecordsOfNamesThatMayBeAskedFor() throws Exception {
    NetworkRules rules =
        NetworkRules.of(
            false, List.of("site.example", "bad.example", "db"), List.of("db:10.1.2.3"));
    Resolver resolver =
        new Resolver() {
          @Override
          public List<IpAddress> resolve(String name) {
            return List.of();
          }

          @Override
          public Optional<RecordSource> records() {
            return Optional.of(
                (name, type) -> {
                  if (!name.equals("site.example")) {
                    throw new IOException("found an address");
                  }
                  return new DnsRecords(0, 258, new byte[] {(byte) type, 7});
                });
          }
        };
    try (FakeEngine engine = new FakeEngine(rules, InputStream.nullInputStream(), resolver)) {
      engine.begin();
      engine.expect(1, MessageType.END);

      // When
      engine.send(OUT, MessageType.ASK, 0, "\20\0site.example");
      Heard text = engine.expect(OUT, MessageType.RECORDS);
      engine.send(OUT + 1, MessageType.ASK, 0, "\20\0other.example");
      Heard forbidden = engine.expect(OUT + 1, MessageType.RECORDS);
      engine.send(OUT + 2, MessageType.ASK, 0, "\20\0db");
      Heard pinned = engine.expect(OUT + 2, MessageType.RECORDS);
      engine.send(OUT + 3, MessageType.ASK, 0, "\1\0site.example");
      Heard address = engine.expect(OUT + 3, MessageType.RECORDS);
      engine.send(OUT + 4, MessageType.ASK, 0, "\20\0bad.example");
      Heard failed = engine.expect(OUT + 4, MessageType.RECORDS);

      // Then
      assertThat(text).isEqualTo(new Heard(OUT, MessageType.RECORDS, 0, "\2\1\20\7"));
      assertThat(forbidden).isEqualTo(new Heard(OUT + 1, MessageType.RECORDS, 3, "\0\0"));
      assertThat(pinned).isEqualTo(new Heard(OUT + 2, MessageType.RECORDS, 0, "\0\0"));
      assertThat(address).isEqualTo(new Heard(OUT + 3, MessageType.RECORDS, 0, "\0\0"));
      assertThat(failed).isEqualTo(new Heard(OUT + 4, MessageType.RECORDS, 2, "\0\0"));
    }
  }

  @Test
  void shouldTellANameThatIsNotThereFromOneThatCouldNotBeAskedFor() throws Exception {
    try (FakeEngine engine = FakeEngine.ready(NetworkRules.of(true, List.of(), List.of()))) {
      // When
      engine.send(OUT, MessageType.RESOLVE, 4, "none.example");
      Heard none = engine.expect(OUT, MessageType.ADDRESSES);
      engine.send(OUT + 1, MessageType.RESOLVE, 4, FakeEngine.SILENT);
      Heard silent = engine.expect(OUT + 1, MessageType.ADDRESSES);

      // Then
      assertThat(none.code()).isEqualTo(3);
      assertThat(silent.code()).isEqualTo(2);
    }
  }
}
