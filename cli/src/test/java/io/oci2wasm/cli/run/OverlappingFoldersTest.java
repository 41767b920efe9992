package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program with two folders of which one lies in the other, and a third on the host that is not
 * its own: a link to it is put where a directory was, while the program stands there.
 */
class OverlappingFoldersTest {
  private static final int OUTER = 3;
  private static final int INNER = 4;
  private static final int NO_FOLLOW = 0;
  private static final int FOLLOW = 1;
  private static final int CREATE = 1;
  private static final int DIRECTORY = 2;
  private static final int TRUNCATE = 8;
  private static final int MODIFIED_NOW = 8;
  private static final int READ = 1 << 1;
  private static final int READ_AND_WRITE = READ | 1 << 6;
  private static final int LIST = 1 << 14;
  private static final int RESULT = 0;
  private static final int BUFFER = 4096;

  @TempDir private Path host;

  private Path outer;
  private Path inner;
  private Path outside;
  private FolderProgram program;
  private Map<String, String> before;

  @BeforeEach
  void start() throws IOException {
    outer = host.resolve("outer");
    inner = outer.resolve("inner");
    outside = host.resolve("outside");
    Files.createDirectories(inner.resolve("room/folder"));
    Files.createDirectories(outside.resolve("folder"));
    Files.writeString(inner.resolve("room/secret"), "of the share");
    Files.writeString(inner.resolve("kept"), "of the share");
    Files.writeString(outside.resolve("secret"), "of the host");
    Files.createSymbolicLink(outside.resolve("link"), Path.of("nothing"));
    Files.setLastModifiedTime(outside.resolve("secret"), FileTime.fromMillis(1000));
    Files.setLastModifiedTime(outside.resolve("folder"), FileTime.fromMillis(1000));
    Files.createSymbolicLink(outer.resolve("way-out"), outside);
    before = seenOutside();
    program = new FolderProgram(outer, inner);
  }

  @AfterEach
  void end() throws IOException {
    program.close();
    assertThat(seenOutside()).isEqualTo(before);
  }

  @Test
  void shouldNotLeaveByALinkPutInTheProgramsOwnPlace() throws IOException {
    // Given
    assertThat(open(INNER, "room/secret", 0, READ)).isZero();

    // When
    putLinkInPlaceOf("inner/room");

    // Then
    assertThat(errorsBelow(INNER, "room/")).doesNotContain(0);
    assertThat(errorsBelow(OUTER, "inner/room/")).doesNotContain(0);
    assertThat(inner.resolve("stolen")).doesNotExist();
    assertThat(inner.resolve("kept")).hasContent("of the share");
  }

  @Test
  void shouldNotLeaveByADirectoryOpenedBefore() throws IOException {
    // Given
    assertThat(open(INNER, "room", DIRECTORY, LIST)).isZero();
    int directory = program.memory().readInt(RESULT);
    assertThat(open(INNER, "room/folder", DIRECTORY, LIST)).isZero();
    int folder = program.memory().readInt(RESULT);
    assertThat(open(INNER, "room", 0, LIST)).isZero();
    int openedAsAny = program.memory().readInt(RESULT);

    // When
    putLinkInPlaceOf("inner/room");

    // Then
    assertThat(errorsBelow(directory, "")).doesNotContain(0);
    assertThat(errorsBelow(openedAsAny, "")).doesNotContain(0);
    for (int opened : List.of(directory, folder, openedAsAny)) {
      assertThat(program.call("fd_readdir", opened, BUFFER, 1000, 0, RESULT)).isNotZero();
      assertThat(program.call("fd_filestat_get", opened, BUFFER)).isNotZero();
      assertThat(program.call("fd_filestat_set_times", opened, 0, 0, MODIFIED_NOW)).isNotZero();
    }
  }

  @Test
  void shouldNotTouchAnotherFileByTheNameOfAnOpenOne() throws IOException {
    // Given
    assertThat(open(INNER, "room/secret", 0, READ_AND_WRITE)).isZero();
    int file = program.memory().readInt(RESULT);

    // When
    putLinkInPlaceOf("inner/room");

    // Then
    assertThat(program.call("fd_filestat_set_times", file, 0, 0, MODIFIED_NOW)).isNotZero();
    assertThat(program.call("fd_filestat_get", file, BUFFER)).isZero();
    assertThat(program.memory().readLong(BUFFER + 32)).isEqualTo("of the share".length());
    assertThat(program.memory().readLong(BUFFER + 48)).isZero();
  }

  @Test
  void shouldNotLeaveByALinkInThePlaceOfTheFolderItself() throws IOException {
    // When
    putLinkInPlaceOf("inner");

    // Then
    assertThat(errorsBelow(INNER, "")).doesNotContain(0);
    assertThat(program.call("fd_readdir", INNER, BUFFER, 1000, 0, RESULT)).isNotZero();
    assertThat(program.call("path_filestat_get", INNER, NO_FOLLOW, ".", BUFFER)).isNotZero();
  }

  @Test
  void shouldNotTakeAnotherFolderForTheSharedOne() throws IOException {
    // When
    Files.move(inner, outer.resolve("moved"));
    Files.createDirectories(inner.resolve("folder"));
    Files.writeString(inner.resolve("secret"), "somebody else's");

    // Then
    assertThat(errorsBelow(INNER, "")).doesNotContain(0);
    assertThat(inner.resolve("secret")).hasContent("somebody else's");
  }

  @Test
  void shouldFollowLinksThatStayInTheFolder() throws IOException {
    // Given
    Files.createSymbolicLink(inner.resolve("alias"), Path.of("room"));

    // When
    int error = open(INNER, "alias/secret", 0, READ);

    // Then
    assertThat(error).isZero();
  }

  private void putLinkInPlaceOf(String name) {
    assertThat(program.call("path_rename", OUTER, name, OUTER, "moved")).isZero();
    assertThat(program.call("path_rename", OUTER, "way-out", OUTER, name)).isZero();
  }

  private int open(int directory, String path, int how, long rights) {
    return program.call("path_open", directory, NO_FOLLOW, path, how, rights, 0, 0, RESULT);
  }

  private List<Integer> errorsBelow(int directory, String prefix) {
    String secret = prefix + "secret";
    String absent = prefix + "absent";
    List<Integer> errors = new ArrayList<>();
    errors.add(open(directory, secret, 0, READ));
    errors.add(open(directory, secret, TRUNCATE, READ_AND_WRITE));
    errors.add(open(directory, absent, CREATE, READ_AND_WRITE));
    errors.add(open(directory, prefix + "folder", DIRECTORY, LIST));
    for (int lookup : List.of(NO_FOLLOW, FOLLOW)) {
      errors.add(program.call("path_filestat_get", directory, lookup, secret, BUFFER));
      errors.add(
          program.call("path_filestat_set_times", directory, lookup, secret, 0, 0, MODIFIED_NOW));
    }
    errors.add(program.call("path_create_directory", directory, absent));
    errors.add(program.call("path_remove_directory", directory, prefix + "folder"));
    errors.add(program.call("path_unlink_file", directory, secret));
    errors.add(program.call("path_rename", directory, secret, OUTER, "stolen"));
    errors.add(program.call("path_rename", OUTER, "moved", directory, absent));
    errors.add(program.call("path_link", directory, 0, secret, OUTER, "stolen"));
    errors.add(program.call("path_link", OUTER, 0, "inner/kept", directory, absent));
    errors.add(program.call("path_symlink", "anything", directory, absent));
    errors.add(program.call("path_readlink", directory, prefix + "link", BUFFER, 100, RESULT));
    return errors;
  }

  /** By name: content and times of what lies outside. */
  private Map<String, String> seenOutside() throws IOException {
    Map<String, String> seen = new TreeMap<>();
    try (var files = Files.list(outside)) {
      for (Path path : files.toList()) {
        FileTime modified = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
        String content = Files.isRegularFile(path) ? Files.readString(path) : "";
        seen.put(path.getFileName().toString(), modified + content);
      }
    }
    return seen;
  }
}
