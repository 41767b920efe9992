package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.ByteString;
import io.oci2wasm.converter.rootfs.Xattr;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Extended attributes behind an inode: a header of 12 bytes, of which none is needed for attributes
 * that are not shared, then the entries ({@code struct erofs_xattr_ibody_header}, {@code struct
 * erofs_xattr_entry}).
 */
final class XattrBody {
  private static final int HEADER_SIZE = 12;
  private static final int ENTRY_HEADER_SIZE = 4;
  private static final int UNIT = 4;

  /** A prefix that an entry names by number; {@code whole}: it is all of the name. */
  private record Prefix(int index, ByteString text, boolean whole) {
    Prefix(int index, String text) {
      this(index, ByteString.utf8(text), !text.endsWith("."));
    }

    /** The prefix of {@code name}; Linux shows no attribute of an EROFS without one of these. */
    static @Nullable Prefix of(ByteString name) {
      for (Prefix prefix : PREFIXES) {
        if (prefix.whole ? name.equals(prefix.text) : name.startsWith(prefix.text)) {
          return prefix;
        }
      }
      return null;
    }
  }

  private static final List<Prefix> PREFIXES =
      List.of(
          new Prefix(1, "user."),
          new Prefix(2, "system.posix_acl_access"),
          new Prefix(3, "system.posix_acl_default"),
          new Prefix(4, "trusted."),
          new Prefix(6, "security."));

  private XattrBody() {}

  /** Bytes of the body, 0 if there is none. */
  static int sizeBytes(List<Xattr> xattrs) {
    int size = 0;
    for (Xattr xattr : xattrs) {
      Prefix prefix = Prefix.of(xattr.name());
      if (prefix != null) {
        size += entrySize(xattr, prefix);
      }
    }
    return size == 0 ? 0 : HEADER_SIZE + size;
  }

  private static int entrySize(Xattr xattr, Prefix prefix) {
    int suffix = xattr.name().length() - prefix.text.length();
    return align(ENTRY_HEADER_SIZE + suffix + xattr.value().length());
  }

  private static int align(int size) {
    return (size + UNIT - 1) / UNIT * UNIT;
  }

  /** What an inode says of a body of {@code sizeBytes}: the header counts as one unit. */
  static int count(int sizeBytes) {
    return sizeBytes == 0 ? 0 : 1 + (sizeBytes - HEADER_SIZE) / UNIT;
  }

  /** Writes the body at {@code start} of {@code target}, whose bytes there are zero. */
  static void write(List<Xattr> xattrs, ByteBuffer target, int start) {
    int at = start + HEADER_SIZE;
    for (Xattr xattr : xattrs) {
      Prefix prefix = Prefix.of(xattr.name());
      if (prefix != null) {
        ByteString suffix = xattr.name().slice(prefix.text.length());
        ByteBuffer entry = target.duplicate().order(target.order()).position(at);
        entry.put((byte) suffix.length());
        entry.put((byte) prefix.index);
        entry.putShort((short) xattr.value().length());
        suffix.putInto(entry);
        xattr.value().putInto(entry);
        at += entrySize(xattr, prefix);
      }
    }
  }
}
