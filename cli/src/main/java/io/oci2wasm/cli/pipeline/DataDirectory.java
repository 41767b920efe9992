package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.cli.progress.Sizes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where data is kept. */
final class DataDirectory {
  private static final Logger LOGGER = LoggerFactory.getLogger(DataDirectory.class);
  private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rwx------");

  /** Broker, store and database take a few megabytes before there is any image. */
  private static final long LEAST_ROOM = 100_000_000;

  private DataDirectory() {}

  /**
   * Creates {@code folder} if it is missing, and lets nobody else in: images, events and the
   * store's credentials are as private as the registries they come from.
   *
   * @return {@code folder}
   */
  static Path closed(Path folder) throws IOException {
    Files.createDirectories(folder);
    PosixFileAttributeView view = Files.getFileAttributeView(folder, PosixFileAttributeView.class);
    if (view != null && !view.readAttributes().permissions().equals(OURS)) {
      try {
        view.setPermissions(OURS);
      } catch (IOException e) {
        // A volume may belong to another user, who lets our group in.
        LOGGER
            .atWarn()
            .addKeyValue("folder", folder)
            .addKeyValue("error", e)
            .log("Others may be able to read the data: the folder's mode could not be set to 0700");
      }
    }
    return folder;
  }

  /**
   * Refuses a folder where everything would start, and stop at the first image.
   *
   * @param free how many bytes may still be written there
   * @throws UnavailableException if that is too little
   */
  static void requireRoom(Path folder, long free) throws UnavailableException {
    if (free < LEAST_ROOM) {
      throw new UnavailableException(
          String.format(
              "data folder %s: found %s free on its disk, expected at least %s; free some, or"
                  + " choose another folder (--data)",
              folder, Sizes.text(free), Sizes.text(LEAST_ROOM)),
          null);
    }
  }

  /**
   * Keeps other processes from working with {@code folder} until the result is closed, or this
   * process ends.
   *
   * @throws UnavailableException if another one works with it
   */
  static Closeable taken(Path folder) throws IOException {
    FileChannel file =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (file.tryLock() != null) {
        return file;
      }
    } catch (OverlappingFileLockException e) {
      // Somebody in this process has it.
    }
    file.close();
    throw new UnavailableException(
        String.format(
            "data folder %s: found another oci2wasm that works with it, expected none; stop that"
                + " one, or choose another folder (--data)",
            folder),
        null);
  }

  /** {@code oci2wasm} in {@code $XDG_DATA_HOME} or {@code ~/.local/share}. */
  static Path usual() {
    String base = System.getenv("XDG_DATA_HOME");
    return base != null && !base.isEmpty()
        ? Path.of(base, "oci2wasm")
        : Path.of(System.getProperty("user.home"), ".local", "share", "oci2wasm");
  }
}
