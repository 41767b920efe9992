package io.oci2wasm.cli;

import io.oci2wasm.converter.convert.OutputFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Objects;

/** What went wrong with a file, in words: Java says much of it only by the exception's type. */
final class FileTrouble {
  private FileTrouble() {}

  /** Writes a small file; what fails names it. */
  static void write(Path file, byte[] content) throws IOException {
    try {
      Files.write(file, content);
    } catch (IOException e) {
      throw OutputFile.naming(file, e);
    }
  }

  static String describe(FileSystemException e) {
    return String.format("file %s: %s", e.getFile(), finding(e));
  }

  private static String finding(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "found none, expected one; check its name";
    }
    if (e instanceof AccessDeniedException) {
      return "found no right to use it; check its owner and mode";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "found one, expected none; choose another name";
    }
    if (e instanceof NotDirectoryException) {
      return "found something else, expected a folder";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return "found a folder with files in it, expected none; choose another name";
    }
    if (OutputFile.NO_SPACE.equals(e.getReason())) {
      return "found no space left on its disk; free some, or choose another place (of temporary files:"
          + " OCI2WASM_JAVA_OPTIONS=-Djava.io.tmpdir=DIR)";
    }
    return Objects.requireNonNullElse(e.getReason(), "the system gives no reason");
  }

  /** Whether a write failed of which nobody says to what file it went: a result's file is named. */
  static boolean isFullDisk(Exception e) {
    return OutputFile.NO_SPACE.equals(e.getMessage());
  }

  static String describeFullDisk() {
    return String.format(
        "found no space left in the temporary folder %s; free some, or name another one:"
            + " OCI2WASM_JAVA_OPTIONS=-Djava.io.tmpdir=DIR",
        System.getProperty("java.io.tmpdir"));
  }
}
