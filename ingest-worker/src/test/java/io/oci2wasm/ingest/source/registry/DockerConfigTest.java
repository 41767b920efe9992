package io.oci2wasm.ingest.source.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.IdentityToken;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerConfigTest {
  @TempDir Path folder;

  @Test
  void shouldReadPasswordsWithColons() throws Exception {
    // Given: bot:s3:cret
    Path file = write("{\"auths\":{\"registry.example\":{\"auth\":\"Ym90OnMzOmNyZXQ=\"}}}");

    // When
    var found = DockerConfig.of(file).find("registry.example");

    // Then
    assertThat(found).contains(new Password("bot", "s3:cret"));
  }

  @Test
  void shouldPreferAnIdentityToken() throws Exception {
    // Given
    Path file =
        write(
            "{\"auths\":{\"registry.example:5000\":"
                + "{\"auth\":\"Ym90OnMzOmNyZXQ=\",\"identitytoken\":\"1d\"}}}");

    // When
    var found = DockerConfig.of(file).find("registry.example:5000");

    // Then
    assertThat(found).contains(new IdentityToken("1d"));
  }

  @Test
  void shouldKnowDockerHubByItsOldKey() throws Exception {
    // Given
    Path file =
        write("{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"Ym90OnMzOmNyZXQ=\"}}}");

    // When
    var found = DockerConfig.of(file).find("docker.io");

    // Then
    assertThat(found).contains(new Password("bot", "s3:cret"));
  }

  @Test
  void shouldKnowAHostHoweverItIsWritten() throws Exception {
    for (String key :
        new String[] {
          "Registry.Example", "https://REGISTRY.example:443/v2/", "http://registry.example/"
        }) {
      // Given
      Path file = write("{\"auths\":{\"" + key + "\":{\"auth\":\"Ym90OnMzOmNyZXQ=\"}}}");

      // When
      var found = DockerConfig.of(file).find("registry.example");

      // Then
      assertThat(found).contains(new Password("bot", "s3:cret"));
    }
  }

  @Test
  void shouldNotUseCredentialsOfOneRepositoryForAll() throws Exception {
    // Given
    Path file = write("{\"auths\":{\"registry.example/team\":{\"auth\":\"Ym90OnMzOmNyZXQ=\"}}}");

    // When
    var found = DockerConfig.of(file).find("registry.example");

    // Then
    assertThat(found).isEmpty();
  }

  @Test
  void shouldBeAnonymousForOtherRegistries() throws Exception {
    // Given
    Path file = write("{\"auths\":{\"registry.example\":{\"auth\":\"Ym90OnMzOmNyZXQ=\"}}}");

    // When
    var found = DockerConfig.of(file).find("registry.example:5000");

    // Then
    assertThat(found).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3cret",
        "{\"auths\":{\"registry.example\":{\"auth\":\"s3cret!\"}}}",
        "{\"auths\":{\"registry.example\":{\"auth\":\"czNjcmV0\"}}}",
        "{\"credsStore\":\"../s3cret\"}"
      })
  void shouldRejectDamageWithoutShowingIt(String content) throws Exception {
    // Given
    Path file = write(content);

    // When
    RejectedException e =
        catchThrowableOfType(
            RejectedException.class, () -> DockerConfig.of(file).find("registry.example"));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.UNAUTHORIZED);
    assertThat(e).hasStackTraceContaining("credential");
    assertThat(e).hasMessageNotContaining("czNjcmV0");
    if (!content.contains("credsStore")) {
      assertThat(e).hasMessageNotContaining("s3cret").hasMessageContaining(file.toString());
    }
  }

  @Test
  void shouldFailWhereTheNamedFileIsMissing() {
    // Given
    Path file = folder.resolve("missing.json");

    // When
    NoSuchFileException e =
        catchThrowableOfType(
            NoSuchFileException.class, () -> DockerConfig.of(file).find("registry.example"));

    // Then
    assertThat(e).hasMessageContaining("missing.json");
  }

  @Test
  void shouldTakeTheFirstOfTheUsersFilesThatExists() throws Exception {
    // Given
    Path podman = folder.resolve(".config/containers/auth.json");
    Files.createDirectories(podman.getParent());
    Files.writeString(podman, "{\"auths\":{\"h:1\":{\"username\":\"bot\",\"password\":\"p\"}}}");
    Map<String, String> environment =
        Map.of("HOME", folder.toString(), "DOCKER_CONFIG", folder.resolve("none").toString());

    // When
    var found = DockerConfig.ofUser(environment).find("h:1");

    // Then
    assertThat(found).contains(new Password("bot", "p"));
  }

  @Test
  void shouldBeAnonymousWithoutAnyFile() throws Exception {
    // Given
    Map<String, String> environment = Map.of("HOME", folder.toString());

    // When
    var found = DockerConfig.ofUser(environment).find("h:1");

    // Then
    assertThat(found).isEmpty();
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }
}
