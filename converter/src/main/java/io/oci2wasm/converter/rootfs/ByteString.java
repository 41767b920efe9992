package io.oci2wasm.converter.rootfs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Immutable bytes: file names, link targets and attribute values, which Linux does not tie to any
 * character set. Ordered as unsigned bytes, as EROFS orders directory entries.
 */
public final class ByteString implements Comparable<ByteString> {
  public static final ByteString EMPTY = new ByteString(new byte[0]);

  private final byte[] bytes;

  private ByteString(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A copy of {@code bytes}. */
  public static ByteString of(byte[] bytes) {
    return copyOf(bytes, 0, bytes.length);
  }

  /** A copy of {@code bytes} from {@code from} to before {@code to}. */
  public static ByteString copyOf(byte[] bytes, int from, int to) {
    return from == to ? EMPTY : new ByteString(Arrays.copyOfRange(bytes, from, to));
  }

  /** The UTF-8 bytes of {@code text}. */
  public static ByteString utf8(String text) {
    return new ByteString(text.getBytes(StandardCharsets.UTF_8));
  }

  public int length() {
    return bytes.length;
  }

  public boolean isEmpty() {
    return bytes.length == 0;
  }

  public byte at(int index) {
    return bytes[index];
  }

  /** The bytes from {@code from} to before {@code to}. */
  public ByteString slice(int from, int to) {
    return from == 0 && to == bytes.length ? this : copyOf(bytes, from, to);
  }

  /** The bytes from {@code from} on. */
  public ByteString slice(int from) {
    return slice(from, bytes.length);
  }

  public boolean startsWith(ByteString prefix) {
    return bytes.length >= prefix.bytes.length
        && Arrays.equals(bytes, 0, prefix.bytes.length, prefix.bytes, 0, prefix.bytes.length);
  }

  /** The index of the first {@code wanted} from {@code from} on, or -1. */
  public int indexOf(byte wanted, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  public ByteString concat(ByteString tail) {
    byte[] joined = Arrays.copyOf(bytes, bytes.length + tail.bytes.length);
    System.arraycopy(tail.bytes, 0, joined, bytes.length, tail.bytes.length);
    return new ByteString(joined);
  }

  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** Appends the bytes to {@code target}. */
  public void putInto(ByteBuffer target) {
    target.put(bytes);
  }

  /** Each byte as the character of the same number, for parsing ASCII without loss. */
  public String toLatin1() {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public int compareTo(ByteString other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteString that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** For messages: as UTF-8, control characters replaced by {@code ?}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(bytes.length);
    new String(bytes, StandardCharsets.UTF_8)
        .codePoints()
        .map(c -> Character.isISOControl(c) || !Character.isDefined(c) ? '?' : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }
}
