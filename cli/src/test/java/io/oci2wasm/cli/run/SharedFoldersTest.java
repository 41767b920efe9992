package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.wasi.WasiOptions;
import run.endive.wasi.WasiPreview1;
import run.endive.wasm.Parser;

/** The functions as a program calls them: by their imports, with names in its memory. */
class SharedFoldersTest {
  private static final int FOLDER = 3;
  private static final int DIRECTORY = 2;
  private static final int RESULT = 0;
  private static final int BUFFER = 4096;
  private static final int ENTRY_HEADER = 24;

  /** (module (memory (export "memory") 1)) */
  private static final byte[] MODULE = {
    0, 'a', 's', 'm', 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0
  };

  @TempDir private Path host;

  private final Map<String, HostFunction> functions = new HashMap<>();
  private WasiPreview1 wasi;
  private Instance instance;
  private int nextName;

  @BeforeEach
  void start() {
    WasiOptions options = WasiOptions.builder().withDirectory("/data", host).build();
    wasi = WasiPreview1.builder().withOptions(options).build();
    List<HostFunction> library = List.of(wasi.toHostFunctions());
    SharedFolders folders =
        new SharedFolders(options.directories().values(), SharedFolders.seekOf(library));
    for (HostFunction function : library) {
      functions.put(function.name(), folders.replace(function));
    }
    instance =
        Instance.builder(Parser.parse(MODULE))
            .withImportValues(ImportValues.builder().build())
            .build();
  }

  @AfterEach
  void end() {
    wasi.close();
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
        int length = instance.memory().readInt(at + 16);
        if (length > BUFFER + used - at - ENTRY_HEADER) {
          break;
        }
        names.add(instance.memory().readString(at + ENTRY_HEADER, length));
        cookie = instance.memory().readLong(at);
        at += ENTRY_HEADER + length;
      }
    } while (used == 200);

    // Then
    assertThat(names).hasSize(21).doesNotHaveDuplicates().contains("dangling", "file0", "file19");
    assertThat(call("fd_close", directory)).isZero();
    assertThat(call("fd_readdir", directory, BUFFER, 200, 0, RESULT)).isNotZero();
  }

  @Test
  void shouldTellTheSizeOfAnOpenFileWhoseNameIsGoneOrAnothers() throws IOException {
    // Given
    Files.writeString(host.resolve("file"), "12345");
    int file = openFile("file");
    assertThat(call("fd_seek", file, 2, 0, RESULT)).isZero();

    // When
    int before = call("fd_filestat_get", file, BUFFER);
    long sizeBefore = instance.memory().readLong(BUFFER + 32);
    Files.delete(host.resolve("file"));
    int gone = call("fd_filestat_get", file, BUFFER);
    long sizeGone = instance.memory().readLong(BUFFER + 32);
    Files.writeString(host.resolve("file"), "another");
    int replaced = call("fd_filestat_get", file, BUFFER);
    long sizeReplaced = instance.memory().readLong(BUFFER + 32);

    // Then
    assertThat(List.of(before, gone, replaced)).containsOnly(0);
    assertThat(List.of(sizeBefore, sizeGone, sizeReplaced)).containsOnly(5L);
    assertThat(call("fd_tell", file, RESULT)).isZero();
    assertThat(instance.memory().readLong(RESULT)).isEqualTo(2);
    assertThat(call("fd_filestat_get", 99, BUFFER)).isNotZero();
  }

  @Test
  void shouldLeaveTheStatusOfDirectoriesToTheLibrary() throws IOException {
    // Given
    Files.createDirectory(host.resolve("sub"));
    int directory = open("sub");

    // When
    int error = call("fd_filestat_get", directory, BUFFER);

    // Then
    assertThat(error).isZero();
    assertThat(instance.memory().read(BUFFER + 16)).isEqualTo((byte) 3);
  }

  private int openFile(String path) {
    int read = 1 << 1 | 1 << 2; // FD_READ, FD_SEEK
    assertThat(call("path_open", FOLDER, 0, name(path), length(path), 0, read, 0, 0, RESULT))
        .isZero();
    return instance.memory().readInt(RESULT);
  }

  private int rename(String from, String to) {
    return call("path_rename", FOLDER, name(from), length(from), FOLDER, name(to), length(to));
  }

  private int link(String target, String path) {
    return call("path_symlink", name(target), length(target), FOLDER, name(path), length(path));
  }

  private String readLink(String path) {
    assertThat(call("path_readlink", FOLDER, name(path), length(path), BUFFER, 100, RESULT))
        .isZero();
    return instance.memory().readString(BUFFER, instance.memory().readInt(RESULT));
  }

  private int open(String path) {
    int read = 1 << 14; // FD_READDIR
    assertThat(
            call("path_open", FOLDER, 0, name(path), length(path), DIRECTORY, read, 0, 0, RESULT))
        .isZero();
    return instance.memory().readInt(RESULT);
  }

  private int list(int directory, long cookie, int size) {
    assertThat(call("fd_readdir", directory, BUFFER, size, cookie, RESULT)).isZero();
    return instance.memory().readInt(RESULT);
  }

  private int call(String function, long... arguments) {
    HostFunction found = Objects.requireNonNull(functions.get(function), function);
    return (int) found.handle().apply(instance, arguments)[0];
  }

  private int name(String text) {
    nextName += 256;
    instance.memory().write(nextName, text.getBytes(StandardCharsets.UTF_8));
    return nextName;
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
