package io.oci2wasm.converter.convert;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory for one conversion's temporary files, removed with them. */
final class ConversionDirectory implements Closeable {
  private final Path directory;

  ConversionDirectory(Path parent) throws IOException {
    directory = Files.createTempDirectory(parent, "conversion-");
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  @Override
  public void close() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
