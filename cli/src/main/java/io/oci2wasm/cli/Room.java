package io.oci2wasm.cli;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.progress.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds out before a conversion whether its packed layers can have room at all: they take about
 * what an image's compressed layers do. What is refused here has not even half of that. Nothing is
 * certain about the result's room: it may take the place of an older one.
 */
final class Room {
  /** How much may still be written to a folder. */
  interface FreeSpace {
    long bytes(Path folder) throws IOException;
  }

  private static final int CERTAIN_PART = 2;

  /** This machine's. */
  static final Room OF_MACHINE =
      new Room(folder -> Files.getFileStore(existing(folder)).getUsableSpace());

  private final FreeSpace free;

  Room(FreeSpace free) {
    this.free = free;
  }

  /**
   * Refuses a conversion that cannot end well.
   *
   * @param folder where packed layers go; empty if it is not known how many go there
   * @throws IOException if it has too little room
   */
  void check(List<PlatformImage> images, Optional<Path> folder) throws IOException {
    if (folder.isPresent()) {
      require(folder.get(), bytesOf(images) / CERTAIN_PART);
    }
  }

  /** A layer of several images is packed once. */
  private static long bytesOf(List<PlatformImage> images) {
    Map<Sha256Digest, Long> layers = new HashMap<>();
    for (PlatformImage image : images) {
      image.manifest().layers().forEach(each -> layers.put(each.digest(), compressedBytes(each)));
    }
    return layers.values().stream().mapToLong(Long::longValue).sum();
  }

  private void require(Path folder, long bytes) throws IOException {
    long found = free.bytes(folder);
    if (found < bytes) {
      throw new IOException(
          String.format(
              "converting in %s: found %s free there, expected at least %s, half of what the"
                  + " image's compressed layers take; free some, or name another temporary folder:"
                  + " OCI2WASM_JAVA_OPTIONS=-Djava.io.tmpdir=DIR",
              folder, Sizes.text(found), Sizes.text(bytes)));
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
