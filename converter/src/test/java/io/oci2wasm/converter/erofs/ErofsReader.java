package io.oci2wasm.converter.erofs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads uncompressed EROFS images, written from the format's description (Linux 6.1,
 * fs/erofs/erofs_fs.h) and not from the writer's code, which it checks.
 */
public final class ErofsReader {
  /** A file as the image has it. */
  public record Inode(
      long nid,
      boolean extended,
      int mode,
      long size,
      int rdev,
      long uid,
      long gid,
      long mtime,
      int nanos,
      long links,
      Map<String, String> xattrs,
      String content) {
    public boolean isDirectory() {
      return (mode & 0170000) == 0040000;
    }
  }

  private static final Map<Integer, String> PREFIXES =
      Map.of(
          1, "user.",
          2, "system.posix_acl_access",
          3, "system.posix_acl_default",
          4, "trusted.",
          6, "security.");

  private final ByteBuffer image;

  public ErofsReader(byte[] image) {
    this.image = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    if (this.image.getInt(1024) != 0xe0f5e1e2) {
      throw new IllegalArgumentException("no EROFS magic number");
    }
  }

  long rootNid() {
    return image.getShort(1024 + 14) & 0xffff;
  }

  long blocks() {
    return image.getInt(1024 + 36) & 0xffff_ffffL;
  }

  long inodes() {
    return image.getLong(1024 + 16);
  }

  /** Every path with its inode. */
  public record Tree(Map<String, Inode> inodes) {
    public Inode at(String path) {
      return Objects.requireNonNull(inodes.get(path), path);
    }

    public Set<String> paths() {
      return inodes.keySet();
    }
  }

  public Tree tree() {
    Map<String, Inode> tree = new LinkedHashMap<>();
    Inode root = inode(rootNid());
    tree.put("/", root);
    walk(root, "", root.nid(), tree);
    return new Tree(tree);
  }

  private void walk(Inode directory, String path, long parentNid, Map<String, Inode> tree) {
    Map<String, Long> entries = directoryEntries(directory);
    if (!Objects.equals(entries.get("."), directory.nid())
        || !Objects.equals(entries.get(".."), parentNid)) {
      throw new IllegalStateException("wrong . or .. in " + path);
    }
    entries.forEach(
        (name, nid) -> {
          if (!name.equals(".") && !name.equals("..")) {
            Inode inode = inode(nid);
            tree.put(path + "/" + name, inode);
            if (inode.isDirectory()) {
              walk(inode, path + "/" + name, directory.nid(), tree);
            }
          }
        });
  }

  /** Names in the order they stand, which is checked. */
  private static Map<String, Long> directoryEntries(Inode directory) {
    Map<String, Long> entries = new LinkedHashMap<>();
    byte[] all = directory.content().getBytes(StandardCharsets.ISO_8859_1);
    String last = "";
    for (int start = 0; start < all.length; start += 4096) {
      int length = Math.min(4096, all.length - start);
      ByteBuffer block = ByteBuffer.wrap(all, start, length).slice().order(ByteOrder.LITTLE_ENDIAN);
      int count = block.getShort(8) / 12;
      for (int i = 0; i < count; i++) {
        int from = block.getShort(i * 12 + 8);
        int to = i + 1 < count ? block.getShort((i + 1) * 12 + 8) : length;
        String name =
            new String(all, start + from, to - from, StandardCharsets.ISO_8859_1)
                .replaceAll("\0+$", "");
        if (name.compareTo(last) <= 0) {
          throw new IllegalStateException(name + " after " + last);
        }
        last = name;
        entries.put(name, block.getLong(i * 12));
      }
    }
    return entries;
  }

  Inode inode(long nid) {
    int at = (int) nid * 32;
    int format = image.getShort(at);
    boolean extended = (format & 1) != 0;
    int layout = format >> 1;
    int xattrCount = image.getShort(at + 2) & 0xffff;
    int xattrSize = xattrCount == 0 ? 0 : 12 + 4 * (xattrCount - 1);
    int xattrAt = at + (extended ? 64 : 32);
    long size = extended ? image.getLong(at + 8) : image.getInt(at + 8) & 0xffff_ffffL;
    int union = image.getInt(at + 16);
    int mode = image.getShort(at + 4) & 0xffff;
    int type = mode & 0170000;
    boolean hasContent = type == 0100000 || type == 0040000 || type == 0120000;
    return new Inode(
        nid,
        extended,
        mode,
        size,
        hasContent ? 0 : union,
        extended ? image.getInt(at + 24) & 0xffff_ffffL : image.getShort(at + 24) & 0xffff,
        extended ? image.getInt(at + 28) & 0xffff_ffffL : image.getShort(at + 26) & 0xffff,
        extended ? image.getLong(at + 32) : image.getLong(1024 + 24),
        extended ? image.getInt(at + 40) : image.getInt(1024 + 32),
        extended ? image.getInt(at + 44) : image.getShort(at + 6) & 0xffff,
        xattrs(xattrAt, xattrSize),
        hasContent ? content(size, layout, union, xattrAt + xattrSize) : "");
  }

  private String content(long size, int layout, int firstBlock, int tailAt) {
    byte[] content = new byte[(int) size];
    int tail = layout == 2 ? (int) (size % 4096) : 0;
    if (layout == 2 && tailAt / 4096 != (tailAt + tail - 1) / 4096) {
      throw new IllegalStateException("tail crosses a block at byte " + tailAt);
    }
    image.get(firstBlock * 4096, content, 0, content.length - tail);
    image.get(tailAt, content, content.length - tail, tail);
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  private Map<String, String> xattrs(int start, int size) {
    Map<String, String> xattrs = new TreeMap<>();
    int at = start + 12;
    while (at < start + size) {
      int nameLength = image.get(at) & 0xff;
      int valueLength = image.getShort(at + 2) & 0xffff;
      byte[] bytes = new byte[nameLength + valueLength];
      image.get(at + 4, bytes);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      xattrs.put(
          PREFIXES.get((int) image.get(at + 1)) + text.substring(0, nameLength),
          text.substring(nameLength));
      at += (4 + bytes.length + 3) / 4 * 4;
    }
    return xattrs;
  }
}
