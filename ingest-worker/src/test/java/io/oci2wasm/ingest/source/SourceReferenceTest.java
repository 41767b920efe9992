package io.oci2wasm.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.ingest.source.SourceReference.DockerArchive;
import io.oci2wasm.ingest.source.SourceReference.DockerDaemon;
import io.oci2wasm.ingest.source.SourceReference.Layout;
import io.oci2wasm.ingest.source.SourceReference.OciArchive;
import io.oci2wasm.ingest.source.SourceReference.Registry;
import io.oci2wasm.ingest.source.SourceReference.StandardInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceReferenceTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"docker://registry.example:5000/team/app:1", "registry.example:5000/team/app:1"})
  void shouldReadARegistryWithAndWithoutItsPrefix(String text) {
    // When
    SourceReference reference = SourceReference.parse(text);

    // Then
    assertThat(reference)
        .isEqualTo(new Registry(ImageReference.parse("registry.example:5000/team/app:1")))
        .hasToString("registry.example:5000/team/app:1");
  }

  @Test
  void shouldReadALayoutWithATagThatHasColonsItself() {
    // Given
    String text = "oci:" + folder + ":registry.example/app:1";

    // When
    SourceReference reference = SourceReference.parse(text);

    // Then
    assertThat(reference).isEqualTo(new Layout(folder, "registry.example/app:1")).hasToString(text);
  }

  @Test
  void shouldReadAPathThatHasAColonItself() throws IOException {
    // Given
    Path odd = Files.createDirectory(folder.resolve("a:b"));

    // When
    SourceReference reference = SourceReference.parse("oci:" + odd);

    // Then
    assertThat(reference).isEqualTo(new Layout(odd, null));
  }

  @Test
  void shouldTellTheTwoKindsOfArchives() throws IOException {
    // Given
    Path file = Files.createFile(folder.resolve("image.tar"));

    // When
    SourceReference oci = SourceReference.parse("oci-archive:" + file + ":1");
    SourceReference docker = SourceReference.parse("docker-archive:" + file);

    // Then
    assertThat(oci).isEqualTo(new OciArchive(file, "1"));
    assertThat(docker).isEqualTo(new DockerArchive(file, null));
  }

  @Test
  void shouldReadStandardInput() {
    assertThat(SourceReference.parse("-")).isEqualTo(new StandardInput()).hasToString("-");
  }

  @ParameterizedTest
  @CsvSource({
    "app, app:latest, app",
    "team/app:1, team/app:1, app",
    "registry.example:5000/team/app, registry.example:5000/team/app:latest, app",
    "0123456789ab, 0123456789ab, 0123456789ab",
  })
  void shouldReadAnImageOfADockerEngine(String text, String image, String shortName) {
    // When
    SourceReference reference = SourceReference.parse("docker-daemon:" + text);

    // Then
    assertThat(reference)
        .isEqualTo(new DockerDaemon(image))
        .hasToString("docker-daemon:" + image)
        .isInstanceOfSatisfying(
            DockerDaemon.class, daemon -> assertThat(daemon.shortName()).isEqualTo(shortName));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "app 1", "app\r\nX: y", "../app", "app?x=y", "app:"})
  void shouldRejectWhatDockerCannotMean(String image) {
    assertThatThrownBy(() -> SourceReference.parse("docker-daemon:" + image))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected docker-daemon:NAME[:TAG]");
  }

  @ParameterizedTest
  @CsvSource({
    "ubuntu:22.04, docker.io/library/ubuntu:22.04",
    "grafana/grafana, docker.io/grafana/grafana",
  })
  void shouldNameTheImageThatDockerWouldTake(String text, String meant) {
    assertThatThrownBy(() -> SourceReference.parse(text))
        .hasMessageContaining("Docker Hub's is " + meant + ";");
  }

  @Test
  void shouldNameTheFormOfWhatLiesOnThisMachine() throws IOException {
    Path file = Files.createFile(folder.resolve("image.tar"));

    assertThatThrownBy(() -> SourceReference.parse(file.toString()))
        .hasMessageContaining("docker-archive:" + file);
    assertThatThrownBy(() -> SourceReference.parse(folder.toString()))
        .hasMessageContaining("oci:" + folder)
        .message()
        .doesNotContain("Docker Hub");
  }

  @ParameterizedTest
  @ValueSource(strings = {"app", "team/app:1", "", "docker://app", "https://registry.example/app"})
  void shouldRejectWhatNamesNoRegistry(String text) {
    assertThatThrownBy(() -> SourceReference.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci:", "oci:/no/such/folder", "oci-archive:/no/such.tar:1", "oci:/tmp:"})
  void shouldRejectPathsThatAreNotThere(String text) {
    assertThatThrownBy(() -> SourceReference.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("image \"" + text + "\": found no");
  }
}
