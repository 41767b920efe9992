package io.oci2wasm.build.rootfs;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Unpacks gzip (RFC 1952), all members of it. The JDK's own stream asks {@code available()} whether
 * another member follows, and on a network stream would stop after the first without a word.
 */
final class GzipInputStream extends InputStream {
  private static final int INPUT_BYTES = 64 << 10;
  private static final int MAGIC_1 = 0x1f;
  private static final int MAGIC_2 = 0x8b;
  private static final int DEFLATE = 8;

  /** Header flags (RFC 1952, section 2.3.1). */
  private static final int HEADER_CRC = 1 << 1;

  private static final int EXTRA = 1 << 2;
  private static final int NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0xe0;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] input = new byte[INPUT_BYTES];
  private int inputAt;
  private int inputEnd;
  private boolean inMember;
  private boolean ended;

  GzipInputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      if (!inMember && !beginMember()) {
        break;
      }
      int got = inflate(target, offset, length);
      if (got > 0) {
        crc.update(target, offset, got);
        return got;
      }
      if (inflater.finished()) {
        endMember();
      }
    }
    return -1;
  }

  private int inflate(byte[] target, int offset, int length) throws IOException {
    if (inflater.needsInput()) {
      fill();
      inflater.setInput(input, inputAt, inputEnd - inputAt);
    }
    try {
      int got = inflater.inflate(target, offset, length);
      if (inflater.needsDictionary()) {
        throw new ZipException("a preset dictionary, which gzip does not have");
      }
      inputAt = inputEnd - inflater.getRemaining();
      return got;
    } catch (DataFormatException e) {
      throw new ZipException("damaged DEFLATE data: " + e.getMessage());
    }
  }

  /** Reads a member's header; false at the end of the last member. */
  private boolean beginMember() throws IOException {
    if (inputAt == inputEnd && !tryFill()) {
      ended = true;
      return false;
    }
    if (next() != MAGIC_1 || next() != MAGIC_2) {
      throw new ZipException("bytes that begin no gzip member");
    }
    if (next() != DEFLATE) {
      throw new ZipException("a gzip member with another method than DEFLATE");
    }
    int flags = next();
    if ((flags & RESERVED) != 0) {
      throw new ZipException("a gzip member with reserved flags");
    }
    // Modification time, extra flags, operating system.
    skip(6);
    if ((flags & EXTRA) != 0) {
      skip(next() | next() << 8);
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & HEADER_CRC) != 0) {
      skip(2);
    }
    inflater.reset();
    inflater.setInput(input, inputAt, inputEnd - inputAt);
    crc.reset();
    inMember = true;
    return true;
  }

  private void endMember() throws IOException {
    inMember = false;
    long expectedCrc = nextInt();
    long expectedSize = nextInt();
    if (expectedCrc != crc.getValue()) {
      throw new ZipException("gzip data with another CRC than its trailer says");
    }
    if (expectedSize != (inflater.getBytesWritten() & 0xffff_ffffL)) {
      throw new ZipException("gzip data with another size than its trailer says");
    }
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  private void skipText() throws IOException {
    int character;
    do {
      character = next();
    } while (character != 0);
  }

  private long nextInt() throws IOException {
    return next() | next() << 8 | next() << 16 | (long) next() << 24;
  }

  private int next() throws IOException {
    if (inputAt == inputEnd) {
      fill();
    }
    return input[inputAt++] & 0xff;
  }

  private void fill() throws IOException {
    if (!tryFill()) {
      throw new EOFException("the end of the blob inside a gzip member");
    }
  }

  private boolean tryFill() throws IOException {
    int got = in.read(input, 0, input.length);
    inputAt = 0;
    inputEnd = Math.max(0, got);
    return got > 0;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
