package io.oci2wasm.cli.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where on the host a program's descriptors lead, and whether that is still in the folder that was
 * shared. The host is asked by path, so a path may lead out of it once a link was put in the place
 * of one of its directories, or of the folder itself: the program can do so where two folders of
 * its overlap, and so can anybody else. What is asked for must be looked at before every call;
 * changes that somebody else makes between the look and the call are not seen.
 */
final class FolderPaths {
  /** Preview 1 numbers a program's folders from here on. */
  static final int FIRST_FOLDER = 3;

  /**
   * A shared folder.
   *
   * @param path as the program's host names it
   * @param real without links
   * @param key what tells it from others, if the host's file system has such a thing
   */
  private record Folder(Path path, Path real, @Nullable Object key) {
    static Folder of(Path path) {
      try {
        Path real = path.toRealPath();
        return new Folder(path, real, keyOf(real));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the shared folder " + path, e);
      }
    }

    private static @Nullable Object keyOf(Path path) throws IOException {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    boolean isInPlace() throws IOException {
      return path.toRealPath().equals(real) && Objects.equals(keyOf(real), key);
    }

    /** Links on the way are followed, one that the path ends with is not. */
    boolean holds(Path place) throws IOException {
      Path parent = place.getParent();
      return place.equals(path) || (parent != null && parent.toRealPath().startsWith(real));
    }

    boolean holdsTargetOf(Path place) throws IOException {
      return !Files.isSymbolicLink(place) || place.toRealPath().startsWith(real);
    }
  }

  /** What a descriptor was opened on. */
  private record Opened(Folder folder, Path path, boolean directory) {}

  private final Map<Integer, Opened> opened = new HashMap<>();

  /**
   * @param folders in the order of the program's descriptors
   */
  FolderPaths(Iterable<Path> folders) {
    int descriptor = FIRST_FOLDER;
    for (Path path : folders) {
      opened.put(descriptor++, new Opened(Folder.of(path), path, true));
    }
  }

  /** Notes what was opened below a directory; nothing if that is not known. */
  void add(int descriptor, int directory, String name) {
    Opened base = opened.get(directory);
    Path path = resolve(directory, name);
    if (base != null && path != null) {
      opened.put(descriptor, new Opened(base.folder(), path, Files.isDirectory(path)));
    }
  }

  void remove(int descriptor) {
    opened.remove(descriptor);
  }

  boolean isDirectory(int descriptor) {
    Opened found = opened.get(descriptor);
    return found != null && found.directory();
  }

  /** The host's path of an open file or directory; null where nothing is known of it. */
  @Nullable Path pathOf(int descriptor) {
    Opened found = opened.get(descriptor);
    return found == null ? null : found.path();
  }

  /** The host's path of a name in a directory; null where it would lead out of it. */
  @Nullable Path resolve(int directory, String name) {
    Opened base = opened.get(directory);
    if (base == null || !base.directory()) {
      return null;
    }
    try {
      Path relative = Path.of(name).normalize();
      return relative.isAbsolute() || relative.startsWith("..")
          ? null
          : base.path().resolve(relative);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /**
   * Whether a path that {@link #resolve} or {@link #pathOf} gave for the descriptor leads to
   * something in its shared folder.
   *
   * @param following whether a link at the path's end will be followed
   * @throws IOException if a directory of the path cannot be read, or is not there
   */
  boolean stays(int descriptor, Path path, boolean following) throws IOException {
    Opened base = opened.get(descriptor);
    return base != null
        && base.folder().isInPlace()
        && base.folder().holds(path)
        && (!following || base.folder().holdsTargetOf(path));
  }
}
