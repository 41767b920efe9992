package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The functions as a program calls them: by their imports, with names in its memory. */
class SharedFoldersTest {
  private static final int FOLDER = 3;
  private static final int DIRECTORY = 2;
  private static final int RESULT = 0;
  private static final int BUFFER = 4096;
  private static final int ENTRY_HEADER = 24;

  @TempDir private Path host;

  private FolderProgram program;

  @BeforeEach
  void start() {
    program = new FolderProgram(host);
  }

  @AfterEach
  void end() {
    program.close();
  }

  @Test
  void shouldReplaceFilesByRenaming() throws IOException {
    // Given
    Files.writeString(host.resolve("from"), "new");
    Files.writeString(host.resolve("to"), "old");

    // When
    int error = rename("from", "to");

    // Then
    assertThat(error).isZero();
    assertThat(host.resolve("to")).hasContent("new");
    assertThat(host.resolve("from")).doesNotExist();
  }

  @Test
  void shouldRefuseRenamesAsAKernelWould() throws IOException {
    // Given
    Files.createDirectories(host.resolve("folder/inner"));
    Files.createDirectory(host.resolve("empty"));
    Files.writeString(host.resolve("file"), "kept");

    // When
    List<Integer> errors =
        List.of(
            rename("missing", "x"),
            rename("empty", "folder"),
            rename("empty", "file"),
            rename("file", "empty"),
            rename("folder", "folder/inner/x"),
            rename("file", "../outside"));

    // Then
    assertThat(errors).containsExactly(44, 55, 54, 31, 28, 2);
    assertThat(host.resolve("file")).hasContent("kept");
    assertThat(host.resolve("folder/inner")).isDirectory();
    assertThat(host.resolveSibling("outside")).doesNotExist();
  }

  @Test
  void shouldKeepLinksAsTheyWereMade() throws IOException {
    // Given
    Files.createDirectory(host.resolve("sub"));

    // When
    int error = link("deep/target", "sub/link");

    // Then
    assertThat(error).isZero();
    assertThat(Files.readSymbolicLink(host.resolve("sub/link"))).hasToString("deep/target");
    assertThat(readLink("sub/link")).isEqualTo("deep/target");
    assertThat(link("x", "sub/link")).isEqualTo(20);
  }

  @Test
  void shouldMakeNoLinkThatCouldLeadOutOfTheFolder() {
    // Given
    List<String> targets = List.of("/etc/passwd", "../x", "a/../../x", "..");

    // When
    List<Integer> errors = targets.stream().map(target -> link(target, "link")).toList();

    // Then
    assertThat(errors).containsOnly(63);
    assertThat(Files.exists(host.resolve("link"), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void shouldListLinksToNothingAndContinueWhereTheBufferEnded() throws IOException {
    // Given
    Files.createDirectory(host.resolve("sub"));
    Files.createSymbolicLink(host.resolve("sub/dangling"), Path.of("none"));
    for (int i = 0; i < 20; i++) {
      Files.writeString(host.resolve("sub/file" + i), "");
    }
    int directory = open("sub");

    // When
    List<String> names = new ArrayList<>();
    long cookie = 0;
    int used;
    do {
      used = list(directory, cookie, 200);
      int at = BUFFER;
      while (BUFFER + used - at >= ENTRY_HEADER) {
        int length = program.memory().readInt(at + 16);
        if (length > BUFFER + used - at - ENTRY_HEADER) {
          break;
        }
        names.add(program.memory().readString(at + ENTRY_HEADER, length));
        cookie = program.memory().readLong(at);
        at += ENTRY_HEADER + length;
      }
    } while (used == 200);

    // Then
    assertThat(names).hasSize(21).doesNotHaveDuplicates().contains("dangling", "file0", "file19");
    assertThat(program.call("fd_close", directory)).isZero();
    assertThat(program.call("fd_readdir", directory, BUFFER, 200, 0, RESULT)).isNotZero();
  }

  @Test
  void shouldTellTheSizeOfAnOpenFileWhoseNameIsGoneOrAnothers() throws IOException {
    // Given
    Files.writeString(host.resolve("file"), "12345");
    int file = openFile("file");
    assertThat(program.call("fd_seek", file, 2, 0, RESULT)).isZero();

    // When
    int before = program.call("fd_filestat_get", file, BUFFER);
    long sizeBefore = program.memory().readLong(BUFFER + 32);
    Files.delete(host.resolve("file"));
    int gone = program.call("fd_filestat_get", file, BUFFER);
    long sizeGone = program.memory().readLong(BUFFER + 32);
    Files.writeString(host.resolve("file"), "another");
    int replaced = program.call("fd_filestat_get", file, BUFFER);
    long sizeReplaced = program.memory().readLong(BUFFER + 32);

    // Then
    assertThat(List.of(before, gone, replaced)).containsOnly(0);
    assertThat(List.of(sizeBefore, sizeGone, sizeReplaced)).containsOnly(5L);
    assertThat(program.call("fd_tell", file, RESULT)).isZero();
    assertThat(program.memory().readLong(RESULT)).isEqualTo(2);
    assertThat(program.call("fd_filestat_get", 99, BUFFER)).isNotZero();
  }

  @Test
  void shouldLeaveTheStatusOfDirectoriesToTheLibrary() throws IOException {
    // Given
    Files.createDirectory(host.resolve("sub"));
    int directory = open("sub");

    // When
    int error = program.call("fd_filestat_get", directory, BUFFER);

    // Then
    assertThat(error).isZero();
    assertThat(program.memory().read(BUFFER + 16)).isEqualTo((byte) 3);
  }

  private int openFile(String path) {
    int read = 1 << 1 | 1 << 2; // FD_READ, FD_SEEK
    assertThat(program.call("path_open", FOLDER, 0, path, 0, read, 0, 0, RESULT)).isZero();
    return program.memory().readInt(RESULT);
  }

  private int rename(String from, String to) {
    return program.call("path_rename", FOLDER, from, FOLDER, to);
  }

  private int link(String target, String path) {
    return program.call("path_symlink", target, FOLDER, path);
  }

  private String readLink(String path) {
    assertThat(program.call("path_readlink", FOLDER, path, BUFFER, 100, RESULT)).isZero();
    return program.memory().readString(BUFFER, program.memory().readInt(RESULT));
  }

  private int open(String path) {
    int read = 1 << 14; // FD_READDIR
    assertThat(program.call("path_open", FOLDER, 0, path, DIRECTORY, read, 0, 0, RESULT)).isZero();
    return program.memory().readInt(RESULT);
  }

  private int list(int directory, long cookie, int size) {
    assertThat(program.call("fd_readdir", directory, BUFFER, size, cookie, RESULT)).isZero();
    return program.memory().readInt(RESULT);
  }
}
