package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayOptionsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void shouldNotShowATokenThatNoHeaderTakes() throws IOException {
    Path file = Files.writeString(directory.resolve("token"), "secret\nlines\n");

    Cli.Result result = Cli.execute("list", "--api-token-file", file);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("API token file " + file, "expected one word")
        .doesNotContain("secret", "Exception");
  }

  @Test
  void shouldSayInWordsThatAFileIsMissing() {
    Path missing = directory.resolve("missing");

    assertThat(Cli.execute("list", "--api-token-file", missing).err())
        .contains("secret file " + missing + ": cannot be read: found none, expected one")
        .doesNotContain("Exception");
    assertThat(Cli.execute("up", "--config", missing).err())
        .contains("configuration " + missing + ": cannot be read: found none, expected one")
        .doesNotContain("Exception");
  }

  @Test
  void shouldRefuseAnAddressThatIsNone() {
    assertThat(Cli.execute("list", "--gateway", "localhost:8080").err())
        .contains("--gateway: found \"localhost:8080\", expected http://HOST:PORT");
  }
}
