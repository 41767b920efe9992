package io.oci2wasm.cli;

import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.progress.Sizes;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds out before a conversion whether its results can have room at all: they take about what an
 * image's compressed layers do, where they are packed and where they are written. What is refused
 * here has not even half of that.
 */
final class Room {
  /** Where files are kept, and how much may still be written there. */
  interface Places {
    /** Equal for places that share their room. */
    Object store(Path place) throws IOException;

    long freeBytes(Path place) throws IOException;
  }

  private static final int CERTAIN_PART = 2;

  /** This machine's. */
  static final Room OF_MACHINE =
      new Room(
          new Places() {
            @Override
            public FileStore store(Path place) throws IOException {
              return Files.getFileStore(existing(place));
            }

            @Override
            public long freeBytes(Path place) throws IOException {
              return store(place).getUsableSpace();
            }
          });

  private final Places places;

  Room(Places places) {
    this.places = places;
  }

  /**
   * Refuses a conversion that cannot end well.
   *
   * @param layers where packed layers go; empty if it is not known how many go there
   * @param output where the result goes
   * @throws IOException if one of them has too little room
   */
  void check(List<PlatformImage> images, Optional<Path> layers, Path output) throws IOException {
    long each = 0;
    for (PlatformImage image : images) {
      each += image.manifest().layers().stream().mapToLong(Room::compressedBytes).sum();
    }
    each /= CERTAIN_PART;
    boolean shared = layers.isPresent() && places.store(layers.get()).equals(places.store(output));
    require(output, shared ? each * 2 : each, "name another folder with -o");
    if (layers.isPresent()) {
      require(
          layers.get(),
          each,
          "name another temporary folder: OCI2WASM_JAVA_OPTIONS=-Djava.io.tmpdir=DIR");
    }
  }

  private void require(Path place, long bytes, String otherwise) throws IOException {
    long free = places.freeBytes(place);
    if (free < bytes) {
      throw new IOException(
          String.format(
              "converting to %s: found %s free there, expected at least %s, half of what the"
                  + " image's compressed layers take; free some, or %s",
              place, Sizes.text(free), Sizes.text(bytes), otherwise));
    }
  }

  /** Of a layer that is not compressed nothing is known. */
  private static long compressedBytes(Descriptor layer) {
    String type = layer.mediaType();
    return type.endsWith("gzip") || type.endsWith("zstd") ? layer.size() : 0;
  }

  private static Path existing(Path place) {
    Path existing = place.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = Objects.requireNonNull(existing.getParent(), "a root exists");
    }
    return existing;
  }
}
