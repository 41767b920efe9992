package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive entry by entry, in the ustar, PAX, GNU, star and old formats, as Go's
 * archive/tar does, which wrote most layers. Damaged input gives a {@link RejectedException},
 * whatever the bytes.
 *
 * <p>Names and values stay bytes, and that is why this reader exists: commons-compress decodes PAX
 * records as UTF-8. A file capability ({@code SCHILY.xattr.security.capability}) is binary, so each
 * byte above 0x7f in it would become U+FFFD, as it would in names of any other encoding.
 */
final class TarReader {
  private static final int BLOCK = TarField.HEADER_SIZE;

  private final InputStream in;
  private final LayerLimits limits;
  private final LayerFaults faults;
  private final byte[] block = new byte[BLOCK];

  /** Bytes of the archive read so far. */
  private long position;

  private @Nullable TarContent content;

  TarReader(InputStream in, LayerLimits limits, LayerFaults faults) {
    this.in = in;
    this.limits = limits;
    this.faults = faults;
  }

  /** The next entry, after skipping what is left of the one before; empty at the end. */
  Optional<TarEntry> next() throws IOException, RejectedException {
    finishEntry();
    TarExtensions extensions = new TarExtensions();
    while (true) {
      long offset = position;
      if (!readHeaderBlock()) {
        if (!extensions.isEmpty()) {
          throw corrupt("header", offset, "the archive's end after an extended header", "an entry");
        }
        return Optional.empty();
      }
      TarHeader header = new TarHeader(block.clone());
      try {
        switch (header.type()) {
          case 'x', 'X' -> extensions.pax(PaxRecords.parse(payload(header, offset)));
          case 'g' -> payload(header, offset);
          case 'L' -> extensions.longName(payload(header, offset));
          case 'K' -> extensions.longLink(payload(header, offset));
          default -> {
            return Optional.of(open(extensions.entry(header, offset, this)));
          }
        }
      } catch (IllegalArgumentException e) {
        throw faults.corrupt(
            "tar header at byte " + offset, String.valueOf(e.getMessage()), "a tar archive", e);
      }
    }
  }

  /** The content of the entry that {@link #next} gave last, holes filled with zeros. */
  TarContent content() {
    if (content == null) {
      throw new IllegalStateException("no entry is open");
    }
    return content;
  }

  private TarEntry open(TarEntry entry) {
    content = new TarContent(this, entry);
    return entry;
  }

  private void finishEntry() throws IOException, RejectedException {
    if (content != null) {
      content.skipRest();
      content = null;
      skipPadding();
    }
  }

  private void skipPadding() throws IOException, RejectedException {
    int past = (int) (position % BLOCK);
    if (past != 0) {
      readFully(block, 0, BLOCK - past, "padding");
    }
  }

  /** Fills {@link #block}; false at the archive's end. */
  private boolean readHeaderBlock() throws IOException, RejectedException {
    long offset = position;
    int got = in.readNBytes(block, 0, BLOCK);
    position += got;
    if (got == 0) {
      // Like Go and GNU tar: an archive may lack its two blocks of zeros.
      return false;
    }
    if (got < BLOCK) {
      throw corrupt(
          "header", offset, "the archive's end after " + got + " bytes", BLOCK + " bytes");
    }
    TarHeader header = new TarHeader(block);
    if (header.isZero()) {
      int second = in.readNBytes(block, 0, BLOCK);
      position += second;
      if (second == BLOCK && !new TarHeader(block).isZero()) {
        throw corrupt("header", offset, "a single block of zeros", "two at the archive's end");
      }
      return false;
    }
    if (!header.checksumHolds()) {
      throw corrupt(
          "header",
          offset,
          "a block whose checksum does not hold",
          "a tar archive, plain or compressed with " + MediaTypes.COMPRESSIONS);
    }
    return true;
  }

  /** The whole content of an extended header. */
  private byte[] payload(TarHeader header, long offset) throws IOException, RejectedException {
    long size = header.number(TarField.SIZE);
    if (size < 0 || size > limits.maxHeaderBytes()) {
      throw faults.refused(
          "extended tar header at byte " + offset,
          size + " bytes",
          "at most " + limits.maxHeaderBytes(),
          "use shorter names and attributes");
    }
    byte[] payload = new byte[(int) size];
    readFully(payload, 0, payload.length, "extended header");
    skipPadding();
    return payload;
  }

  /** Reads one further block of a sparse map. */
  byte[] extensionBlock() throws IOException, RejectedException {
    byte[] extension = new byte[BLOCK];
    readFully(extension, 0, BLOCK, "sparse map");
    return extension;
  }

  void readFully(byte[] target, int offset, int length, String structure)
      throws IOException, RejectedException {
    int got = readSome(target, offset, length);
    if (got < length) {
      throw corrupt(structure, position, "the archive's end", (length - got) + " more bytes");
    }
  }

  /** Reads up to {@code length} bytes, fewer only at the archive's end. */
  int readSome(byte[] target, int offset, int length) throws IOException {
    int got = in.readNBytes(target, offset, length);
    position += got;
    return got;
  }

  int maxHeaderBytes() {
    return limits.maxHeaderBytes();
  }

  RejectedException corrupt(String structure, long offset, String found, String expected) {
    return faults.corrupt("tar " + structure + " at byte " + offset, found, expected);
  }

  long position() {
    return position;
  }
}
