package io.oci2wasm.net.rules;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An IP address of either family. An IPv4 address written as IPv6 ({@code ::ffff:10.0.0.1}) is the
 * IPv4 address: sockets make no difference, so rules must not either.
 */
public final class IpAddress {
  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");
  private static final int V4 = 4;
  private static final int V6 = 16;
  private static final byte[] MAPPED = HexFormat.of().parseHex("00000000000000000000ffff");

  private final byte[] bytes;

  private IpAddress(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The address of {@code bytes}.
   *
   * @throws IllegalArgumentException unless there are 4 or 16
   */
  public static IpAddress of(byte[] bytes) {
    if (bytes.length == V6 && Arrays.equals(MAPPED, 0, 12, bytes, 0, 12)) {
      return new IpAddress(Arrays.copyOfRange(bytes, 12, V6));
    }
    if (bytes.length != V4 && bytes.length != V6) {
      throw new IllegalArgumentException("an address of " + bytes.length + " bytes");
    }
    return new IpAddress(bytes.clone());
  }

  /** The same as the library has it. */
  public static IpAddress of(InetAddress address) {
    return of(address.getAddress());
  }

  /**
   * Reads an address in digits, and asks no name server. IPv4 has four decimal numbers without
   * leading zeros: other ways to write it (octal, one number) are read differently by different
   * programs. Empty if {@code text} is anything else.
   */
  public static Optional<IpAddress> parse(String text) {
    return text.indexOf(':') < 0 ? parseV4(text).map(IpAddress::new) : parseV6(text);
  }

  private static Optional<byte[]> parseV4(String text) {
    String[] parts = text.split("\\.", -1);
    byte[] bytes = new byte[V4];
    if (parts.length != V4) {
      return Optional.empty();
    }
    for (int i = 0; i < V4; i++) {
      if (!DECIMAL.matcher(parts[i]).matches() || Integer.parseInt(parts[i]) > 0xff) {
        return Optional.empty();
      }
      bytes[i] = (byte) Integer.parseInt(parts[i]);
    }
    return Optional.of(bytes);
  }

  private static Optional<IpAddress> parseV6(String text) {
    int gap = text.indexOf("::");
    Optional<byte[]> head = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
    Optional<byte[]> tail =
        gap < 0 ? Optional.of(new byte[0]) : groups(text.substring(gap + 2), true);
    if (head.isEmpty() || tail.isEmpty()) {
      return Optional.empty();
    }
    byte[] first = head.get();
    byte[] last = tail.get();
    int length = first.length + last.length;
    if (gap < 0 ? length != V6 : length > V6 - 2) {
      return Optional.empty();
    }
    byte[] all = Arrays.copyOf(first, V6);
    System.arraycopy(last, 0, all, V6 - last.length, last.length);
    return Optional.of(of(all));
  }

  /** Groups between colons; the last may be an IPv4 address, where {@code lastOfAll}. */
  private static Optional<byte[]> groups(String text, boolean lastOfAll) {
    if (text.isEmpty()) {
      return Optional.of(new byte[0]);
    }
    String[] parts = text.split(":", -1);
    byte[] bytes = new byte[0];
    for (int i = 0; i < parts.length; i++) {
      Optional<byte[]> part = Optional.empty();
      if (GROUP.matcher(parts[i]).matches()) {
        int value = Integer.parseInt(parts[i], 16);
        part = Optional.of(new byte[] {(byte) (value >> 8), (byte) value});
      } else if (lastOfAll && i == parts.length - 1) {
        part = parseV4(parts[i]);
      }
      if (part.isEmpty() || bytes.length > V6) {
        return Optional.empty();
      }
      int before = bytes.length;
      bytes = Arrays.copyOf(bytes, before + part.get().length);
      System.arraycopy(part.get(), 0, bytes, before, part.get().length);
    }
    return Optional.of(bytes);
  }

  /** 4 or 16 bytes, in network order. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Is it of IP version 4? */
  public boolean isV4() {
    return bytes.length == V4;
  }

  /** The last 32 bits as an IPv4 address. */
  IpAddress embeddedV4() {
    return new IpAddress(Arrays.copyOfRange(bytes, bytes.length - V4, bytes.length));
  }

  /** Are the first {@code bits} bits those of {@code other}, and the families the same? */
  boolean startsAs(IpAddress other, int bits) {
    if (bytes.length != other.bytes.length) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      if ((((bytes[i / 8] ^ other.bytes[i / 8]) >> (7 - i % 8)) & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** As the library has it. */
  public InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress address && Arrays.equals(bytes, address.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return toInetAddress().getHostAddress();
  }
}
