package io.oci2wasm.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.UnavailableException;
import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void shouldLetNobodyElseIntoANewFolder() throws Exception {
    Path folder = DataDirectory.closed(directory.resolve("a/data"));

    assertThat(mode(folder)).isEqualTo("rwx------");
  }

  @Test
  void shouldCloseAFolderThatWasOpen() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("data"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path kept = Files.writeString(folder.resolve("kept"), "kept");

    assertThat(DataDirectory.closed(folder)).isEqualTo(folder);

    assertThat(mode(folder)).isEqualTo("rwx------");
    assertThat(kept).hasContent("kept");
  }

  @Test
  void shouldBeTakenByOneAtATime() throws Exception {
    try (Closeable taken = DataDirectory.taken(directory)) {
      assertThat(taken).isNotNull();
      assertThatThrownBy(() -> DataDirectory.taken(directory))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("data folder " + directory)
          .hasMessageContaining("another oci2wasm")
          .hasMessageContaining("--data");
    }

    DataDirectory.taken(directory).close();
  }

  @Test
  void shouldHaveRoomForImages() throws Exception {
    assertThatThrownBy(() -> DataDirectory.requireRoom(directory, 4_200_000))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("data folder " + directory)
        .hasMessageContaining("found 4.2 MB free")
        .hasMessageContaining("expected at least 100.0 MB")
        .hasMessageContaining("--data");

    DataDirectory.requireRoom(directory, 100_000_000);
  }

  private static String mode(Path folder) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
  }
}
