package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.cli.run.MappedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScratchDiskTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path outer;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Path folder;

  @BeforeEach
  void nameFolder() {
    folder = outer.resolve("disk");
  }

  @Test
  void shouldMapNothingIfNoneIsAskedFor() throws IOException {
    try (ScratchDisk disk = ScratchDisk.open(null)) {
      assertThat(disk.folders()).isEmpty();
      assertThat(disk.engineWords()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"128m", "8g", "1t", "134217728", "131072k"})
  void shouldRemoveATemporaryOne(String size) throws IOException {
    Path temporary;
    try (ScratchDisk disk = ScratchDisk.open(size)) {
      temporary = disk.folders().get(0).host();
      assertThat(disk.engineWords()).containsExactly("--scratch=" + size);
      assertThat(disk.folders())
          .containsExactly(new MappedFolder(temporary, "/.oci2wasm/scratch", false));
      Files.write(temporary.resolve("scratch"), new byte[10]);
    }
    assertThat(temporary).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"'', keep", "',size=2g', keep=2g"})
  void shouldLeaveOneInAFolderAndMakeTheFolder(String size, String value) throws IOException {
    try (ScratchDisk disk = ScratchDisk.open(folder + size)) {
      assertThat(disk.engineWords()).containsExactly("--scratch=" + value);
      assertThat(disk.folders().get(0).host()).isEqualTo(folder);
      Files.write(folder.resolve("scratch"), new byte[10]);
      assertThat(folder.resolve("in-use")).exists();
    }
    assertThat(folder).isDirectoryContaining("glob:**/scratch");
    assertThat(folder.resolve("in-use")).doesNotExist();
  }

  @Test
  void shouldTakeAFolderWithCommasAndOneThatLooksLikeASize() throws IOException {
    Path comma = outer.resolve("a,size=b");
    try (ScratchDisk disk = ScratchDisk.open(comma + ",size=1g")) {
      assertThat(disk.folders().get(0).host()).isEqualTo(comma);
    }
    Path size = outer.resolve("8g");
    try (ScratchDisk disk = ScratchDisk.open(size.toString())) {
      assertThat(disk.engineWords()).containsExactly("--scratch=keep");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127m", "0", "2t", "1025g", "999999999999999999t"})
  void shouldSayWhatSizesThereAre(String size) {
    assertThatThrownBy(() -> ScratchDisk.open(size))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--scratch %s: found the size %s, expected 128m to 1t", size, size);
    assertThatThrownBy(() -> ScratchDisk.open(folder + ",size=" + size))
        .hasMessageContaining("expected 128m to 1t");
    assertThat(folder).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",size=1g", "disk,size=", "disk,size=much", "disk,size=8G"})
  void shouldSayHowItIsWritten(String word) {
    assertThatThrownBy(() -> ScratchDisk.open(word))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--scratch: found \"" + word + "\"")
        .hasMessageContaining("expected SIZE, DIR or DIR,size=SIZE");
  }

  @Test
  void shouldRefuseAFolderThatAnotherRunIsUsing() throws IOException {
    try (ScratchDisk first = ScratchDisk.open(folder.toString())) {
      assertThat(first.folders()).hasSize(1);
      assertThatThrownBy(() -> ScratchDisk.open(folder.toString()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("found that process " + ProcessHandle.current().pid())
          .hasMessageContaining("expected no other run")
          .hasMessageContaining("remove that file");
    }
    ScratchDisk.open(folder.toString()).close();
  }

  @Test
  void shouldTakeAFolderWhoseRunWasKilled() throws Exception {
    // Given
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("in-use"), ended.pid() + " " + host + "\n");

    // When
    try (ScratchDisk disk = ScratchDisk.open(folder.toString())) {
      // Then
      assertThat(disk.folders()).hasSize(1);
      assertThat(folder.resolve("in-use"))
          .content()
          .isEqualTo(ProcessHandle.current().pid() + " " + host + "\n");
      try (var files = Files.list(folder)) {
        assertThat(files).hasSize(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1 another-host", "something", "99999999 another-host"})
  void shouldNotTakeAFolderOfWhoseRunNothingIsKnown(String mark) throws IOException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("in-use"), mark + "\n");

    assertThatThrownBy(() -> ScratchDisk.open(folder.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found that process " + mark + " is using it");
    assertThat(folder.resolve("in-use")).content().isEqualTo(mark + "\n");
  }

  @Test
  void shouldPutTheOptionBeforeTheModule() {
    assertThat(
            List.of(
                Oci2wasm.ordered(
                    Oci2wasm.commandLine(),
                    new String[] {"run", "app.wasm", "--scratch", "8g", "sh"})))
        .containsExactly("run", "--scratch", "8g", "app.wasm", "sh");
  }
}
