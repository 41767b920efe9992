package io.oci2wasm.buildworker;

import io.oci2wasm.runtime.LogKeys;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.io.file.PathUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker's own directory for what it makes; gone when it ends. A killed worker leaves its
 * directory behind: the next one removes it, and knows that nobody uses it by the lock on the file
 * beside it, which the system drops with the process.
 */
public final class Scratch implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Scratch.class);
  private static final String PREFIX = "oci2wasm-build-";
  private static final String LOCK_SUFFIX = ".lock";

  /** On POSIX, whoever opens and closes a file drops every lock of the process on it. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final Path lockFile;
  private final FileChannel lock;

  private Scratch(Path directory, Path lockFile, FileChannel lock) {
    this.directory = directory;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /** Makes a directory in the one configured, or else in the system's, and sweeps there. */
  public static Scratch open(BuildConfig config) throws IOException {
    Path configured = config.scratch();
    Path parent =
        Files.createDirectories(
            (configured == null ? Path.of(System.getProperty("java.io.tmpdir")) : configured)
                .toAbsolutePath());
    sweep(parent);
    // Locked before its directory exists: a directory without a locked file is nobody's.
    Path lockFile = Files.createTempFile(parent, PREFIX, LOCK_SUFFIX);
    FileChannel lock = FileChannel.open(lockFile, StandardOpenOption.WRITE);
    try {
      if (lock.tryLock() == null) {
        throw new IOException("scratch directory, locking " + lockFile + ": another has it");
      }
      OURS.add(lockFile);
      return new Scratch(Files.createDirectory(directoryOf(lockFile)), lockFile, lock);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private static Path directoryOf(Path lockFile) {
    String name = lockFile.getFileName().toString();
    return lockFile.resolveSibling(name.substring(0, name.length() - LOCK_SUFFIX.length()));
  }

  private static void sweep(Path parent) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path path : found) {
        if (Files.isDirectory(path)) {
          sweepOne(path, path.resolveSibling(path.getFileName() + LOCK_SUFFIX));
        }
      }
    }
  }

  private static void sweepOne(Path directory, Path lockFile) {
    try {
      if (isHeld(lockFile)) {
        return;
      }
      PathUtils.deleteDirectory(directory);
      Files.deleteIfExists(lockFile);
      LOGGER.atInfo().addKeyValue("directory", directory).log("Removed what a worker had left");
    } catch (IOException e) {
      LOGGER
          .atWarn()
          .addKeyValue("directory", directory)
          .addKeyValue(LogKeys.ERROR, e.toString())
          .log("What a worker had left cannot be removed");
    }
  }

  private static boolean isHeld(Path lockFile) throws IOException {
    if (OURS.contains(lockFile) || !Files.exists(lockFile)) {
      return OURS.contains(lockFile);
    }
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
      return channel.tryLock() == null;
    }
  }

  Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    try {
      PathUtils.deleteDirectory(directory);
      Files.deleteIfExists(lockFile);
    } finally {
      OURS.remove(lockFile);
      lock.close();
    }
  }
}
