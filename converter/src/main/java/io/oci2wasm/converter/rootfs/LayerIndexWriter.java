package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.frame.FrameTable;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** Writes a packed layer's index, entry by entry ({@link LayerIndexFormat}). */
final class LayerIndexWriter implements Closeable {
  private final OutputStream out;
  private final ByteBuffer number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
  private long entries;

  LayerIndexWriter(OutputStream out, Sha256Digest diffId) throws IOException {
    this.out = new BufferedOutputStream(out, 64 << 10);
    u64(LayerIndexFormat.MAGIC);
    u32(LayerIndexFormat.VERSION);
    this.out.write(HexFormat.of().parseHex(diffId.hex()));
  }

  void directory(EntryPath path, Attributes attributes) throws IOException {
    begin(LayerIndexFormat.DIRECTORY, path);
    attributes(attributes);
  }

  /** {@code tail}: its first {@code tailLength} bytes are the file's last. */
  void file(
      EntryPath path,
      Attributes attributes,
      long sizeBytes,
      long firstBlock,
      byte[] tail,
      int tailLength)
      throws IOException {
    begin(LayerIndexFormat.FILE, path);
    attributes(attributes);
    u64(sizeBytes);
    u64(firstBlock);
    u32(tailLength);
    out.write(tail, 0, tailLength);
  }

  void symlink(EntryPath path, Attributes attributes, ByteString target) throws IOException {
    begin(LayerIndexFormat.SYMLINK, path);
    attributes(attributes);
    bytes(target);
  }

  void special(EntryPath path, Attributes attributes, SpecialType type, int major, int minor)
      throws IOException {
    begin(LayerIndexFormat.SPECIAL, path);
    attributes(attributes);
    out.write(type.code);
    u32(major);
    u32(minor);
  }

  void hardLink(EntryPath path, EntryPath target) throws IOException {
    begin(LayerIndexFormat.HARD_LINK, path);
    bytes(target.joined());
  }

  void whiteout(EntryPath path) throws IOException {
    begin(LayerIndexFormat.WHITEOUT, path);
  }

  void opaque(EntryPath path) throws IOException {
    begin(LayerIndexFormat.OPAQUE, path);
  }

  /** Ends the index; without this it is no index. */
  void end(long dataBlocks, FrameTable frames) throws IOException {
    out.write(LayerIndexFormat.END);
    u64(entries);
    u64(dataBlocks);
    out.write(frames.encode());
    out.write(frames.encodeChecks());
    out.flush();
  }

  private void begin(int type, EntryPath path) throws IOException {
    entries++;
    out.write(type);
    bytes(path.joined());
  }

  private void attributes(Attributes attributes) throws IOException {
    u16(attributes.permissions());
    u32(attributes.uid());
    u32(attributes.gid());
    u64(attributes.mtimeSeconds());
    u32(attributes.mtimeNanos());
    u16(attributes.xattrs().size());
    for (Xattr xattr : attributes.xattrs()) {
      bytes(xattr.name());
      bytes(xattr.value());
    }
  }

  private void bytes(ByteString bytes) throws IOException {
    u32(bytes.length());
    out.write(bytes.toByteArray());
  }

  private void u16(int value) throws IOException {
    number.putShort(0, (short) value);
    out.write(number.array(), 0, 2);
  }

  private void u32(long value) throws IOException {
    number.putInt(0, (int) value);
    out.write(number.array(), 0, 4);
  }

  private void u64(long value) throws IOException {
    number.putLong(0, value);
    out.write(number.array(), 0, 8);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
