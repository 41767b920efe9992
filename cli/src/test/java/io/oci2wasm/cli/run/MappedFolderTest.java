package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MappedFolderTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path host;

  @ParameterizedTest
  @CsvSource({"'', false", ":rw, false", ":ro, true"})
  void shouldReadDockersModes(String mode, boolean readOnly) {
    MappedFolder expected = new MappedFolder(host, "/data", readOnly);

    assertThat(MappedFolder.ofVolume(host + ":/data" + mode)).isEqualTo(expected);
    assertThat(MappedFolder.ofDirectory(host + ":/data" + mode)).isEqualTo(expected);
  }

  @Test
  void shouldTakeAHostFolderWithColons() throws Exception {
    Path folder = Files.createDirectory(host.resolve("a:b"));

    assertThat(MappedFolder.ofVolume(folder + ":/data"))
        .isEqualTo(new MappedFolder(folder, "/data", false));
  }

  @Test
  void shouldGiveAFolderAloneTheSamePathInside() {
    assertThat(MappedFolder.ofDirectory(host.toString()))
        .isEqualTo(new MappedFolder(host, host.toString(), false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"data", "/data", "./data:data", "./data:/data:z", ":/data"})
  void shouldSayHowAVolumeIsWritten(String word) {
    assertThatThrownBy(() -> MappedFolder.ofVolume(word))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-v: found \"" + word + "\"")
        .hasMessageContaining("expected HOST:GUEST[:ro]");
  }

  @ParameterizedTest
  @ValueSource(strings = {":ro", ":rw", ":data", ":data:ro", ":/data:z", ":"})
  void shouldSayHowADirectoryIsWritten(String mode) {
    String word = host + mode;

    assertThatThrownBy(() -> MappedFolder.ofDirectory(word))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--dir: found \"%s\", expected HOST or HOST:GUEST[:ro] with GUEST an absolute path,"
                + " for example --dir ./data:/data:ro",
            word);
  }

  @Test
  void shouldNotTakeAMissingHostForTheCurrentFolder() {
    assertThatThrownBy(() -> MappedFolder.ofDirectory(":/data"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("--dir: found \":/data\"");
  }

  @Test
  void shouldRefuseAFolderThatIsNotThere() {
    Path missing = host.resolve("missing");

    assertThatThrownBy(() -> MappedFolder.ofVolume(missing + ":/data:ro"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-v " + missing + ":/data:ro: found no folder " + missing);
  }
}
