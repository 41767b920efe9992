package io.oci2wasm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A folder with a scratch disk that stays, in use by this process. The file {@code in-use} says so,
 * to docs/run.mjs, too; it has the process id and the host's name.
 */
final class ScratchFolder implements Closeable {
  private static final String IN_USE = "in-use";
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final int ROUNDS = 10;

  private final Path path;
  private final Path inUse;
  private final Thread atExit;

  private ScratchFolder(Path path) {
    this.path = path;
    this.inUse = path.resolve(IN_USE);
    this.atExit = new Thread(this::removeAtExit, "free " + path.getFileName());
  }

  /**
   * Makes the folder where it is missing.
   *
   * @throws IllegalArgumentException if another run is using it
   */
  static ScratchFolder take(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      Files.createDirectories(path, ownersOnly(path));
    }
    ScratchFolder folder = new ScratchFolder(path);
    folder.mark();
    Runtime.getRuntime().addShutdownHook(folder.atExit);
    return folder;
  }

  private static FileAttribute<?>[] ownersOnly(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new FileAttribute<?>[0];
  }

  Path path() {
    return path;
  }

  private void mark() throws IOException {
    String own = ProcessHandle.current().pid() + " " + hostName() + "\n";
    for (int round = 1; ; round++) {
      try {
        Files.writeString(inUse, own, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return;
      } catch (FileAlreadyExistsException e) {
        String other = readMark();
        if (round == ROUNDS || mayRun(other)) {
          throw new IllegalArgumentException(
              String.format(
                  "--scratch %s: found that process %s is using it (its file %s says so), expected"
                      + " no other run; wait for its end, or remove that file if there is none",
                  path, other.strip(), IN_USE));
        }
        removeStale(other);
      }
    }
  }

  private String readMark() throws IOException {
    try {
      return Files.readString(inUse, UTF_8);
    } catch (NoSuchFileException e) {
      return ""; // removed meanwhile
    }
  }

  /** Does the process that left this mark perhaps run? One of this machine can be looked for. */
  private static boolean mayRun(String mark) throws IOException {
    String[] words = mark.strip().split(" ", 2);
    if (words.length < 2 || !words[0].matches("[0-9]{1,18}") || !words[1].equals(hostName())) {
      return !mark.isEmpty();
    }
    return ProcessHandle.of(Long.parseLong(words[0])).isPresent();
  }

  /** Another process may do so, too, and have left its own mark already: that one is put back. */
  private void removeStale(String mark) throws IOException {
    Path aside = path.resolve(IN_USE + "." + ProcessHandle.current().pid());
    try {
      Files.move(inUse, aside);
    } catch (NoSuchFileException e) {
      return; // another was quicker
    }
    if (Files.readString(aside, UTF_8).equals(mark)) {
      Files.delete(aside);
    } else {
      Files.move(aside, inUse);
    }
  }

  private static String hostName() throws IOException {
    return Files.isReadable(HOST_NAME)
        ? Files.readString(HOST_NAME, UTF_8).strip()
        : InetAddress.getLocalHost().getHostName();
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process ends already, and the hook does the work.
      return;
    }
    Files.deleteIfExists(inUse);
  }

  private void removeAtExit() {
    try {
      Files.deleteIfExists(inUse);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
