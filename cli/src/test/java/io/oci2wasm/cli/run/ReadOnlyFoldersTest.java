package io.oci2wasm.cli.run;

import static io.oci2wasm.cli.run.ReadOnlyFolders.READ_ONLY;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two folders, of which the first can only be read, and calls that a program makes with both. */
class ReadOnlyFoldersTest {
  private static final int FIXED = 3;
  private static final int FREE = 4;
  private static final int RESULT = 0;
  private static final int NUMBERS = 64;
  private static final int CREATE = 1;
  private static final int DIRECTORY = 2;
  private static final int TRUNCATE = 8;
  private static final long READ = 1 << 1;
  private static final long READ_FOLDER = 1 << 14;
  private static final long WRITE = 1 << 6;
  private static final long RESIZE = 1 << 22;

  @TempDir private Path fixed;
  @TempDir private Path free;

  private FolderProgram program;

  @BeforeEach
  void start() throws IOException {
    Files.createDirectory(fixed.resolve("folder"));
    Files.writeString(fixed.resolve("folder/file"), "kept");
    Files.writeString(fixed.resolve("file"), "kept");
    Files.writeString(free.resolve("file"), "free");
    program = new FolderProgram(Set.of(FIXED), fixed, free);
  }

  @AfterEach
  void end() {
    program.close();
  }

  @Test
  void shouldRefuseWhateverWouldChangeTheFolder() throws IOException {
    List<Integer> errors =
        List.of(
            open(FIXED, "new", CREATE, READ),
            open(FIXED, "file", TRUNCATE, READ),
            open(FIXED, "file", 0, READ | WRITE),
            open(FIXED, "file", 0, READ | RESIZE),
            program.call("path_create_directory", FIXED, "new"),
            program.call("path_remove_directory", FIXED, "folder"),
            program.call("path_unlink_file", FIXED, "file"),
            program.call("path_filestat_set_times", FIXED, 0, "file", 0, 0, 2),
            program.call("path_symlink", "file", FIXED, "new"),
            program.call("path_rename", FIXED, "file", FREE, "stolen"),
            program.call("path_rename", FREE, "file", FIXED, "file"),
            program.call("path_link", FIXED, 0, "file", FREE, "stolen"),
            program.call("path_link", FREE, 0, "file", FIXED, "new"));

    assertThat(errors).containsOnly(READ_ONLY);
    assertThat(fixed.resolve("file")).hasContent("kept");
    assertThat(fixed.resolve("folder")).isDirectory();
    assertThat(fixed.resolve("new")).doesNotExist();
    assertThat(free).isDirectoryNotContaining("glob:**stolen");
  }

  @Test
  void shouldRefuseTheSameThroughWhatIsOpen() throws IOException {
    int file = opened(FIXED, "file", 0, READ);
    int folder = opened(FIXED, "folder", DIRECTORY, READ_FOLDER);

    List<Integer> errors =
        List.of(
            program.call("fd_write", file, NUMBERS, 0, RESULT),
            program.call("fd_pwrite", file, NUMBERS, 0, 0, RESULT),
            program.call("fd_allocate", file, 0, 100),
            program.call("fd_filestat_set_size", file, 0),
            program.call("fd_filestat_set_times", file, 0, 0, 2),
            program.call("path_unlink_file", folder, "file"),
            open(folder, "new", CREATE, WRITE));

    assertThat(errors).containsOnly(READ_ONLY);
    assertThat(fixed.resolve("file")).hasContent("kept");
    assertThat(fixed.resolve("folder/file")).hasContent("kept");
    assertThat(fixed.resolve("folder/new")).doesNotExist();
  }

  @Test
  void shouldLetItBeReadAndTheOtherFolderBeChanged() throws IOException {
    assertThat(open(FIXED, "folder/file", 0, READ)).isZero();
    assertThat(program.call("path_unlink_file", FREE, "file")).isZero();
    assertThat(open(FREE, "new", CREATE, WRITE)).isZero();

    assertThat(free.resolve("file")).doesNotExist();
    assertThat(free.resolve("new")).exists();
  }

  /** A descriptor's number is given again. */
  @Test
  void shouldForgetWhatWasClosed() {
    int file = opened(FIXED, "file", 0, READ);
    assertThat(program.call("fd_close", file)).isZero();

    int again = opened(FREE, "file", 0, READ | WRITE | RESIZE);

    assertThat(again).isEqualTo(file);
    assertThat(program.call("fd_filestat_set_size", again, 1)).isNotEqualTo(READ_ONLY);
  }

  private int open(int directory, String path, int how, long rights) {
    return program.call("path_open", directory, 0, path, how, rights, 0, 0, RESULT);
  }

  private int opened(int directory, String path, int how, long rights) {
    assertThat(open(directory, path, how, rights)).isZero();
    return program.memory().readInt(RESULT);
  }
}
