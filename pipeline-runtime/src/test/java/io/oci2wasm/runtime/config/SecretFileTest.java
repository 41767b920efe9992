package io.oci2wasm.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void shouldReadASecretWithoutTheLineEndThatEditorsAdd() throws IOException {
    Path file = Files.writeString(directory.resolve("secret"), "open sesame\n");

    assertThat(SecretFile.read(file)).isEqualTo("open sesame");
  }

  @Test
  void shouldRejectAnEmptySecret() throws IOException {
    Path file = Files.writeString(directory.resolve("secret"), " \n");

    assertThatThrownBy(() -> SecretFile.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("found nothing");
  }

  @Test
  void shouldRejectAMissingFile() {
    Path file = directory.resolve("missing");

    assertThatThrownBy(() -> SecretFile.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString());
  }
}
