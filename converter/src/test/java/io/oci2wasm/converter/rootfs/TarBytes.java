package io.oci2wasm.converter.rootfs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Writes tar archives byte by byte, the wrong ones too. */
public final class TarBytes {
  public static final long MTIME = 1_700_000_000L;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int permissions = 0644;
  private String uid = "0000000";
  private String mtime = Long.toOctalString(MTIME);
  private byte[] magic = "ustar\0".concat("00").getBytes(StandardCharsets.ISO_8859_1);

  public TarBytes directory(String name) {
    return entry('5', name, "", new byte[0], 0755);
  }

  public TarBytes file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  public TarBytes file(String name, byte[] content) {
    return entry('0', name, "", content, permissions);
  }

  public TarBytes symlink(String name, String target) {
    return entry('2', name, target, new byte[0], 0777);
  }

  public TarBytes hardLink(String name, String target) {
    return entry('1', name, target, new byte[0], 0644);
  }

  public TarBytes fifo(String name) {
    return entry('6', name, "", new byte[0], 0644);
  }

  public TarBytes device(char type, String name, int major, int minor) {
    byte[] header = header(type, name, "", 0, 0600);
    octal(header, TarField.DEVICE_MAJOR, major);
    octal(header, TarField.DEVICE_MINOR, minor);
    return block(sealed(header));
  }

  /** Changes what the following entries are given. */
  public TarBytes permissions(int bits) {
    permissions = bits;
    return this;
  }

  /** The following entries' uid field as it stands, up to 8 bytes. */
  public TarBytes rawUid(String bytes) {
    uid = bytes;
    return this;
  }

  public TarBytes rawMtime(String bytes) {
    mtime = bytes;
    return this;
  }

  public TarBytes gnu() {
    magic = "ustar  \0".getBytes(StandardCharsets.ISO_8859_1);
    return this;
  }

  /** A PAX header of records {@code key=value}, each character a byte. */
  public TarBytes pax(String... records) {
    StringBuilder payload = new StringBuilder();
    for (String record : records) {
      payload.append(paxRecord(record));
    }
    return entry('x', "PaxHeader", "", latin1(payload.toString()), 0644);
  }

  static String paxRecord(String keyAndValue) {
    int body = keyAndValue.length() + 2;
    int length = body + 1;
    while (Integer.toString(length).length() + body != length) {
      length = Integer.toString(length).length() + body;
    }
    return length + " " + keyAndValue + "\n";
  }

  public TarBytes entry(char type, String name, String link, byte[] content, int mode) {
    return block(sealed(header(type, name, link, content.length, mode))).content(content);
  }

  /** A header whose size field says {@code size}, whatever follows. */
  public TarBytes headerOnly(char type, String name, long size) {
    return block(sealed(header(type, name, "", size, 0644)));
  }

  byte[] header(char type, String name, String link, long size, int mode) {
    byte[] header = new byte[TarField.HEADER_SIZE];
    text(header, TarField.NAME, name);
    octal(header, TarField.MODE, mode);
    text(header, TarField.UID, uid);
    text(header, TarField.GID, "0000000");
    octal(header, TarField.SIZE, size);
    text(header, TarField.MTIME, mtime);
    header[TarField.TYPE.offset] = (byte) type;
    text(header, TarField.LINK_NAME, link);
    System.arraycopy(magic, 0, header, TarField.MAGIC.offset, magic.length);
    return header;
  }

  static void text(byte[] header, TarField field, String text) {
    byte[] bytes = latin1(text);
    if (bytes.length > field.width) {
      throw new IllegalArgumentException(field + " is too short for " + text);
    }
    System.arraycopy(bytes, 0, header, field.offset, bytes.length);
  }

  static void octal(byte[] header, TarField field, long value) {
    text(header, field, String.format("%0" + (field.width - 1) + "o", value));
  }

  /** Writes the checksum into {@code header}. */
  static byte[] sealed(byte[] header) {
    Arrays.fill(
        header,
        TarField.CHECKSUM.offset,
        TarField.CHECKSUM.offset + TarField.CHECKSUM.width,
        (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    text(header, TarField.CHECKSUM, String.format("%06o\0", sum));
    return header;
  }

  TarBytes block(byte[] block) {
    out.writeBytes(block);
    return this;
  }

  /** Content and its padding. */
  TarBytes content(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[(512 - content.length % 512) % 512]);
    return this;
  }

  /** The archive with its two blocks of zeros. */
  public byte[] tar() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(out.toByteArray());
    whole.writeBytes(new byte[1024]);
    return whole.toByteArray();
  }

  /** What was written so far, without an end. */
  public byte[] unfinished() {
    return out.toByteArray();
  }

  public static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
