package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.Callers;
import io.oci2wasm.gateway.identity.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the field
class TokenCommandTest {
  @TempDir private Path directory;

  @Test
  void shouldMakeATokenThatTheGatewayKnowsByItsLine() throws Exception {
    Path secret = directory.resolve("alice");

    Cli.Result made = Cli.execute("token", "alice", "--role", "operator", "-o", secret.toString());

    Path file = Files.writeString(directory.resolve("callers"), made.out());
    String token = Files.readString(secret).strip();
    assertThat(made.exitCode()).isZero();
    assertThat(made.out()).startsWith("alice operator sha256:").doesNotContain(token);
    assertThat(Callers.of(null, file, null, Clock.systemUTC()).ofToken(token))
        .contains(new Caller("alice", Role.OPERATOR));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
        .isEqualTo("rw-------");
  }

  @Test
  void shouldMakeAnotherTokenEachTime() throws Exception {
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");

    assertThat(Cli.execute("token", "a", "-o", first.toString()).out()).startsWith("a viewer ");
    assertThat(Cli.execute("token", "a", "-o", second.toString()).exitCode()).isZero();
    assertThat(Files.readString(first)).isNotEqualTo(Files.readString(second)).hasSize(44);
  }

  @Test
  void shouldKeepAFileThatIsThere() throws Exception {
    Path there = Files.writeString(directory.resolve("there"), "something");

    Cli.Result run = Cli.execute("token", "alice", "-o", there.toString());

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains(there.toString(), "choose another name");
    assertThat(there).hasContent("something");
  }

  @Test
  void shouldNameWhatIsNoNameOrRole() throws Exception {
    String file = directory.resolve("file").toString();

    Cli.Result name = Cli.execute("token", "two words", "-o", file);
    Cli.Result role = Cli.execute("token", "alice", "--role", "root", "-o", file);

    assertThat(name.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(name.err()).contains("name: found \"two words\", expected 1 to 64 of letters");
    assertThat(role.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(role.err()).contains("role: found \"root\", expected viewer, operator or admin");
    assertThat(directory.resolve("file")).doesNotExist();
  }
}
