package io.oci2wasm.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A worker's own directory for what it makes; gone when it ends. */
public final class Scratch implements AutoCloseable {
  private final Path directory;

  private Scratch(Path directory) {
    this.directory = directory;
  }

  /** Makes a directory in the one configured, or else in the system's. */
  public static Scratch open(BuildConfig config) throws IOException {
    Path parent = config.scratch();
    return new Scratch(
        parent == null
            ? Files.createTempDirectory("oci2wasm-build-")
            : Files.createTempDirectory(Files.createDirectories(parent), "oci2wasm-build-"));
  }

  Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(directory)) {
      all = paths.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
