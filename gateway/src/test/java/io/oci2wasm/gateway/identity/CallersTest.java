package io.oci2wasm.gateway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.testsupport.SettableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class CallersTest {
  private static final Caller ALICE = new Caller("alice", Role.OPERATOR);
  private static final Caller BOB = new Caller("bob@example.org", Role.VIEWER);

  @TempDir private Path directory;
  private Path token;
  private Path file;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-29T00:00:00Z"));

  @BeforeEach
  void set() throws IOException {
    token = Files.writeString(directory.resolve("token"), "correct\n");
    file =
        Files.writeString(
            directory.resolve("callers"),
            "# the team\n\n"
                + CallersFile.line(ALICE, "of-alice")
                + "\n"
                + CallersFile.line(BOB, "of-bob")
                + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer correct", "bearer correct", "BEARER  correct", "Bearer correct "})
  void shouldTakeTheBearerOfTheOneTokenForAnAdmin(String header) throws Exception {
    assertThat(Callers.of(token, file, null, clock).ofHeader(header)).contains(Caller.TOKEN);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "correct",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer Correct",
        "Bearer correc",
        "Bearer correctt",
        "Bearer correct correct",
        "Basic correct",
        "XBearer correct"
      })
  void shouldRefuseEverythingElse(String header) throws Exception {
    assertThat(Callers.of(token, file, null, clock).ofHeader(header)).isEmpty();
  }

  @Test
  void shouldTellCallersByTheirTokens() throws Exception {
    Callers callers = Callers.of(null, file, null, clock);

    assertThat(callers.ofHeader("Bearer of-alice")).contains(ALICE);
    assertThat(callers.ofToken("of-bob")).contains(BOB);
    assertThat(callers.ofToken("correct")).isEmpty();
    assertThat(callers.ofHeader(null)).isEmpty();
  }

  @Test
  void shouldNotTakeADigestForAToken() throws Exception {
    String digest = Files.readAllLines(file).get(2).replaceFirst(".* ", "");

    assertThat(Callers.of(null, file, null, clock).ofToken(digest)).isEmpty();
  }

  @Test
  void shouldLetEveryoneDoEverythingWithoutFiles() throws Exception {
    assertThat(Callers.of(null, null, null, clock).ofHeader(null)).contains(Caller.ANYONE);
  }

  @Test
  void shouldTakeOverAChangeWithinASecond() throws Exception {
    Callers callers = Callers.of(null, file, null, clock);
    Files.writeString(file, CallersFile.line(BOB, "another") + "\n");
    clock.pass(Duration.ofSeconds(1));

    assertThat(callers.ofToken("of-alice")).isEmpty();
    assertThat(callers.ofToken("of-bob")).isEmpty();
    assertThat(callers.ofToken("another")).contains(BOB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice", "nonsense without end"})
  void shouldGoOnWithWhatItKnewWhileTheFileIsBroken(String content) throws Exception {
    Callers callers = Callers.of(null, file, null, clock);
    Files.writeString(file, content);
    clock.pass(Duration.ofSeconds(1));

    assertThat(callers.ofToken("of-alice")).contains(ALICE);
    Files.delete(file);
    clock.pass(Duration.ofSeconds(1));
    assertThat(callers.ofToken("of-alice")).contains(ALICE);
  }

  @Test
  void shouldLetNobodyInWhenTheLastCallerIsGone() throws Exception {
    Callers callers = Callers.of(null, file, null, clock);
    Files.writeString(file, "# nobody any more\n");
    clock.pass(Duration.ofSeconds(1));

    assertThat(callers.ofToken("of-alice")).isEmpty();
    assertThat(callers.ofHeader(null)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alice operator | line 1: found 2 words, expected NAME ROLE DIGEST",
        "alice root sha256:00 | line 1: role: found \"root\", expected viewer, operator or admin",
        "al/ice viewer sha256:00 | line 1: name: found \"al/ice\"",
        "alice viewer secret | line 1: digest: found \"secret\"",
        "# nobody | found no caller"
      })
  void shouldNameTheLineThatIsNoCaller(String line, String message) throws Exception {
    Files.writeString(file, line);

    assertThatThrownBy(() -> Callers.of(null, file, null, clock))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void shouldRefuseOneNameOrOneTokenTwice() throws Exception {
    String alice = CallersFile.line(ALICE, "a");
    Files.writeString(file, alice + "\n" + CallersFile.line(ALICE, "b"));
    assertThatThrownBy(() -> Callers.of(null, file, null, clock))
        .hasMessageContaining("alice twice");

    Files.writeString(file, alice + "\n" + CallersFile.line(BOB, "a"));
    assertThatThrownBy(() -> Callers.of(null, file, null, clock))
        .hasMessageContaining("line 2: found a token that another caller has");
  }
}
