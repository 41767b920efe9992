package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What is wrong with a server's command line or configuration is said before anything starts. */
class ServerCommandsTest {
  @TempDir private Path directory;
  private final StringWriter err = new StringWriter();

  @Test
  void shouldRefuseAnUnknownKey() throws Exception {
    Path config = Files.writeString(directory.resolve("config.yaml"), "gateway: {prot: 1}");

    int code = run("gateway", "--config", config.toString());

    assertThat(code).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString())
        .contains(config.toString(), "gateway.prot", "unknown key")
        .doesNotContain("\tat ");
  }

  @Test
  void shouldRefuseAMissingFile() {
    int code = run("worker", "--config", directory.resolve("missing.yaml").toString(), "build");

    assertThat(code).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("missing.yaml", "cannot be read");
  }

  @Test
  void shouldRefuseAnUnknownStage() {
    int code = run("worker", "gateway");

    assertThat(code).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("found \"gateway\", expected ingest, resolve or build");
  }

  @Test
  void shouldRefuseAPortThatIsNone() {
    int code = run("up", "--port", "99999");

    assertThat(code).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("--port: found 99999, expected 0 to 65535");
  }

  @Test
  void shouldRefuseATakenPortBeforeAnythingStarts() throws Exception {
    Path data = directory.resolve("data");
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(other.getLocalPort());

      int code = run("up", "--port", port, "--data", data.toString());

      assertThat(code).isEqualTo(ExitCodes.UNAVAILABLE);
      assertThat(err.toString()).contains("port " + port + " of 127.0.0.1: found ", "--port");
      assertThat(data).doesNotExist();
    }
  }

  /** Two brokers on the same files would damage them. */
  @Test
  void shouldRefuseADataFolderThatIsInUseBeforeAnythingStarts() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    try (FileChannel lock =
        FileChannel.open(
            data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(lock.lock().isValid()).isTrue();

      int code = run("up", "--port", "0", "--data", data.toString());

      assertThat(code).isEqualTo(ExitCodes.UNAVAILABLE);
      assertThat(err.toString())
          .contains("data folder " + data + ": found another oci2wasm", "--data")
          .doesNotContain("Exception", "starting");
      assertThat(data.resolve("kafka")).doesNotExist();
    }
  }

  @Test
  void shouldRefuseToServeStrangersBeforeAnythingStarts() throws Exception {
    Path config = Files.writeString(directory.resolve("config.yaml"), "gateway: {host: 0.0.0.0}");
    Path data = directory.resolve("data");

    int code = run("up", "--config", config.toString(), "--data", data.toString());

    assertThat(code).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("gateway.host: found 0.0.0.0", "gateway.apiTokenFile");
    assertThat(data).doesNotExist();
  }

  @Test
  void shouldRefuseAnEmptySecretBeforeAnythingStarts() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "\n");
    Path data = directory.resolve("data");

    int code = run("up", "--webhook-secret-file", secret.toString(), "--data", data.toString());

    assertThat(code).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("found nothing, expected a secret");
    assertThat(data).doesNotExist();
  }

  private int run(String... args) {
    CommandLine command = Oci2wasm.commandLine();
    command.setErr(new PrintWriter(err, true));
    return command.execute(args);
  }
}
