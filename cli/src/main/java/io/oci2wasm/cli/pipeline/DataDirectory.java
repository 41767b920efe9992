package io.oci2wasm.cli.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** {@code oci2wasm} in {@code $XDG_DATA_HOME} or {@code ~/.local/share}. */
  static Path usual() {
    String base = System.getenv("XDG_DATA_HOME");
    return base != null && !base.isEmpty()
        ? Path.of(base, "oci2wasm")
        : Path.of(System.getProperty("user.home"), ".local", "share", "oci2wasm");
  }
}
