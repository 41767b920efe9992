package io.oci2wasm.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.commons.io.file.PathUtils;

/** A folder that is deleted with all it holds, also when the process is interrupted. */
public final class TemporaryFolder implements Closeable {
  private static final int ROUNDS = 1000;

  private final Path path;
  private final Thread atExit;

  private TemporaryFolder(Path path) {
    this.path = path;
    this.atExit = new Thread(this::deleteAtExit, "delete " + path.getFileName());
  }

  /** Makes a folder with a fresh name where the system keeps temporary files. */
  public static TemporaryFolder create(String prefix) throws IOException {
    TemporaryFolder folder = new TemporaryFolder(Files.createTempDirectory(prefix));
    Runtime.getRuntime().addShutdownHook(folder.atExit);
    return folder;
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process ends already, and the hook does the work.
      return;
    }
    delete(path);
  }

  private void deleteAtExit() {
    try {
      delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rest of an interrupted process may be deleting, or still writing, at the same time. */
  private static void delete(Path folder) throws IOException {
    for (int round = 1; Files.exists(folder); round++) {
      try {
        PathUtils.deleteDirectory(folder);
      } catch (NoSuchFileException | DirectoryNotEmptyException e) {
        // Another was quicker, or wrote one more file: what is left goes in the next round.
        if (round == ROUNDS) {
          throw e;
        }
      }
    }
  }
}
