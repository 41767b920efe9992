package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import java.util.Optional;

/** Checks the names in a layer, and tells whiteouts by theirs (image-spec 1.1, layer.md). */
final class EntryNames {
  /** Linux: NAME_MAX; also what an EROFS directory entry holds. */
  static final int MAX_NAME_BYTES = 255;

  private static final ByteString WHITEOUT = ByteString.utf8(".wh.");
  private static final ByteString OPAQUE = ByteString.utf8(".wh..wh..opq");

  /** Begins names that aufs, once docker's storage, used for itself. */
  private static final ByteString AUFS = ByteString.utf8(".wh..wh.");

  private final LayerLimits limits;
  private final LayerFaults faults;

  EntryNames(LayerLimits limits, LayerFaults faults) {
    this.limits = limits;
    this.faults = faults;
  }

  /** The path that {@code text} means, a name or a hard link's target. */
  EntryPath path(ByteString text, TarEntry entry) throws RejectedException {
    if (text.length() > limits.maxPathBytes()) {
      throw refuse(
          entry, "a path of " + text.length() + " bytes", limits.maxPathBytes() + " bytes");
    }
    EntryPath path;
    try {
      path = EntryPath.parse(text);
    } catch (IllegalArgumentException e) {
      throw faults.refused(
          where(entry),
          "the path \"" + text + "\"",
          "one inside the root: no \"..\" and no NUL",
          "do not unpack this layer anywhere: it tries to write outside");
    }
    for (ByteString name : path.names()) {
      checkName(name, entry);
    }
    return path;
  }

  private void checkName(ByteString name, TarEntry entry) throws RejectedException {
    if (name.length() > MAX_NAME_BYTES) {
      throw refuse(entry, "a name of " + name.length() + " bytes", MAX_NAME_BYTES + " bytes");
    }
  }

  private RejectedException refuse(TarEntry entry, String found, String atMost) {
    return faults.refused(where(entry), found, "at most " + atMost, "use shorter names");
  }

  static String where(TarEntry entry) {
    return "tar entry at byte " + entry.offset();
  }

  /** Whether the entry is only of use to aufs: it is left out. */
  static boolean isAufsInternal(EntryPath path) {
    return path.names().stream().anyMatch(name -> name.startsWith(AUFS) && !name.equals(OPAQUE));
  }

  /** The mark that an entry of this path is, if it is one. */
  Optional<LayerEntry> mark(EntryPath path, TarEntry entry) throws RejectedException {
    if (path.isRoot() || !path.last().startsWith(WHITEOUT)) {
      return Optional.empty();
    }
    if (path.last().equals(OPAQUE)) {
      return Optional.of(new LayerEntry.Opaque(path.parent()));
    }
    try {
      ByteString hidden = path.last().slice(WHITEOUT.length());
      return Optional.of(new LayerEntry.Whiteout(path.sibling(hidden)));
    } catch (IllegalArgumentException e) {
      throw faults.refused(
          where(entry),
          "the whiteout \"" + path + "\"",
          "one that hides a file in its own directory",
          "build and push the image again");
    }
  }
}
