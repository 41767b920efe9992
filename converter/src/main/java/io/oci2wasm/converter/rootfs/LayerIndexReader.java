package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.frame.FrameTable;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a packed layer's index ({@link LayerIndexFormat}). Tails are skipped, and their position is
 * returned. A damaged index gives an {@link IOException}, whatever its bytes.
 */
public final class LayerIndexReader implements Closeable {
  private static final int MAX_BYTES = 1 << 20;

  private static final int FRAME_BLOCKS = FrameTable.FRAME_BYTES / FileContent.BLOCK_SIZE;

  /** Of 2 TiB. */
  private static final int MAX_FRAMES = 1 << 24;

  private final String name;
  private final InputStream in;
  private final ByteBuffer number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
  private long position;
  private long entries;
  private long tailBytes;
  private long blocksUsed;
  private FrameTable frames = FrameTable.EMPTY;

  private LayerIndexReader(String name, InputStream in) {
    this.name = name;
    this.in = new BufferedInputStream(in, 64 << 10);
  }

  /**
   * Opens the index of the layer {@code diffId}.
   *
   * @throws IOException if it cannot be read or is not that layer's
   */
  public static LayerIndexReader open(Path file, Sha256Digest diffId) throws IOException {
    LayerIndexReader reader = new LayerIndexReader(file.toString(), Files.newInputStream(file));
    try {
      reader.header(diffId);
      return reader;
    } catch (IOException e) {
      reader.close();
      throw e;
    }
  }

  private void header(Sha256Digest diffId) throws IOException {
    if (u64() != LayerIndexFormat.MAGIC || u32() != LayerIndexFormat.VERSION) {
      throw damaged("no magic number and version " + LayerIndexFormat.VERSION);
    }
    if (!Sha256Digest.from(exactly(32)).equals(diffId)) {
      throw damaged("the index of another layer than " + diffId);
    }
  }

  /** Bytes read so far that are no file's content. */
  long metadataBytes() {
    return position - tailBytes;
  }

  /** The next entry; empty at the end, which is checked to be one. */
  public Optional<LayerEntry> next() throws IOException {
    int type = u8();
    try {
      if (type == LayerIndexFormat.END) {
        readEnd();
        return Optional.empty();
      }
      entries++;
      return Optional.of(entry(type, EntryPath.parse(bytes())));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  private void readEnd() throws IOException {
    if (u64() != entries) {
      throw damaged("an end that does not fit");
    }
    long dataBlocks = u64();
    long count = (dataBlocks + FRAME_BLOCKS - 1) / FRAME_BLOCKS;
    if (dataBlocks < blocksUsed || count < 0 || count > MAX_FRAMES) {
      throw damaged(dataBlocks + " blocks of data");
    }
    byte[] table = in.readNBytes((int) count * Integer.BYTES);
    byte[] checks = in.readNBytes((int) count * Integer.BYTES);
    position += table.length + checks.length;
    if (checks.length < count * Integer.BYTES || in.read() >= 0) {
      throw damaged("a frame table that does not fit");
    }
    frames = FrameTable.decode(ByteBuffer.wrap(table), ByteBuffer.wrap(checks));
  }

  /** The frames of the layer's data, once {@link #next} has come to the end. */
  public FrameTable frames() {
    return frames;
  }

  private LayerEntry entry(int type, EntryPath path) throws IOException {
    return switch (type) {
      case LayerIndexFormat.DIRECTORY -> new LayerEntry.Directory(path, attributes());
      case LayerIndexFormat.FILE -> new LayerEntry.RegularFile(path, attributes(), content());
      case LayerIndexFormat.SYMLINK -> new LayerEntry.Symlink(path, attributes(), bytes());
      case LayerIndexFormat.SPECIAL ->
          new LayerEntry.Special(path, attributes(), specialType(), (int) u32(), (int) u32());
      case LayerIndexFormat.HARD_LINK -> new LayerEntry.HardLink(path, EntryPath.parse(bytes()));
      case LayerIndexFormat.WHITEOUT -> new LayerEntry.Whiteout(path);
      case LayerIndexFormat.OPAQUE -> new LayerEntry.Opaque(path);
      default -> throw damaged("an entry of the unknown type " + type);
    };
  }

  private FileContent content() throws IOException {
    long size = u64();
    long firstBlock = u64();
    long tailLength = u32();
    if (tailLength >= FileContent.BLOCK_SIZE) {
      throw damaged("a tail of " + tailLength + " bytes");
    }
    FileContent content = new FileContent(size, firstBlock, (int) tailLength, position);
    in.skipNBytes(tailLength);
    position += tailLength;
    tailBytes += tailLength;
    blocksUsed = Math.max(blocksUsed, Math.addExact(firstBlock, content.blocks()));
    return content;
  }

  private SpecialType specialType() throws IOException {
    int code = u8();
    for (SpecialType type : SpecialType.values()) {
      if (type.code == code) {
        return type;
      }
    }
    throw damaged("a special file of the unknown kind " + code);
  }

  private Attributes attributes() throws IOException {
    int permissions = u16();
    long uid = u32();
    long gid = u32();
    long seconds = u64();
    int nanos = (int) u32();
    int count = u16();
    List<Xattr> xattrs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      xattrs.add(new Xattr(bytes(), bytes()));
    }
    return new Attributes(permissions, uid, gid, seconds, nanos, xattrs);
  }

  private ByteString bytes() throws IOException {
    long length = u32();
    if (length > MAX_BYTES) {
      throw damaged("a string of " + length + " bytes");
    }
    return ByteString.of(exactly((int) length));
  }

  private int u8() throws IOException {
    return exactly(1)[0] & 0xff;
  }

  private int u16() throws IOException {
    fill(2);
    return number.getShort(0) & 0xffff;
  }

  private long u32() throws IOException {
    fill(4);
    return number.getInt(0) & 0xffff_ffffL;
  }

  private long u64() throws IOException {
    fill(8);
    return number.getLong(0);
  }

  private void fill(int width) throws IOException {
    int got = in.readNBytes(number.array(), 0, width);
    position += got;
    if (got < width) {
      throw new EOFException(text("its end"));
    }
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    position += bytes.length;
    if (bytes.length < length) {
      throw new EOFException(text("its end"));
    }
    return bytes;
  }

  private IOException damaged(String found) {
    return new IOException(text(found));
  }

  private String text(String found) {
    return String.format(
        "reading layer index %s at byte %s: found %s, expected a whole index; remove"
            + " the layer from the store and convert again",
        name, position, found);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
