package io.oci2wasm.converter.rootfs;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A path inside a layer, as names from the root down; empty for the root itself. No name is empty,
 * {@code .} or {@code ..}, and none holds a slash or a NUL.
 */
public record EntryPath(List<ByteString> names) {
  private static final byte SLASH = '/';
  private static final ByteString DOT = ByteString.utf8(".");
  private static final ByteString DOT_DOT = ByteString.utf8("..");

  public EntryPath {
    names = List.copyOf(names);
    for (ByteString name : names) {
      if (name.isEmpty()
          || name.equals(DOT)
          || name.equals(DOT_DOT)
          || name.indexOf(SLASH, 0) >= 0
          || name.indexOf((byte) 0, 0) >= 0) {
        throw new IllegalArgumentException(
            "path: found the name \"" + name + "\", expected none that is empty, \".\" or \"..\"");
      }
    }
  }

  /**
   * Reads a path as archives write it: a leading slash, {@code ./} and doubled slashes mean
   * nothing.
   *
   * @throws IllegalArgumentException if a name is {@code ..}, which could lead out of the root, or
   *     holds a NUL
   */
  public static EntryPath parse(ByteString text) {
    List<ByteString> names = new ArrayList<>();
    for (ByteString name : split(text)) {
      if (!name.equals(DOT)) {
        names.add(name);
      }
    }
    return new EntryPath(names);
  }

  /** The parts between slashes that are not empty, {@code .} and {@code ..} included. */
  static List<ByteString> split(ByteString text) {
    List<ByteString> parts = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int slash = text.indexOf(SLASH, start);
      int end = slash < 0 ? text.length() : slash;
      if (end > start) {
        parts.add(text.slice(start, end));
      }
      start = end + 1;
    }
    return parts;
  }

  public boolean isRoot() {
    return names.isEmpty();
  }

  /** The last name; not for the root. */
  public ByteString last() {
    return names.get(names.size() - 1);
  }

  /** The names above the last; not for the root. */
  public List<ByteString> parents() {
    return names.subList(0, names.size() - 1);
  }

  /** The path beside this one whose last name is {@code name}. */
  public EntryPath sibling(ByteString name) {
    List<ByteString> changed = new ArrayList<>(parents());
    changed.add(name);
    return new EntryPath(changed);
  }

  public EntryPath parent() {
    return new EntryPath(parents());
  }

  /** The names with slashes between them, no leading slash. {@link #parse} gives the path back. */
  public ByteString joined() {
    ByteString joined = ByteString.EMPTY;
    int size = Math.max(0, names.size() - 1);
    for (ByteString name : names) {
      size += name.length();
    }
    if (size > 0) {
      byte[] bytes = new byte[size];
      int at = 0;
      for (ByteString name : names) {
        if (at > 0) {
          bytes[at++] = SLASH;
        }
        System.arraycopy(name.toByteArray(), 0, bytes, at, name.length());
        at += name.length();
      }
      joined = ByteString.of(bytes);
    }
    return joined;
  }

  @Override
  public String toString() {
    return names.stream().map(ByteString::toString).collect(Collectors.joining("/", "/", ""));
  }
}
