package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.ByteString;
import io.oci2wasm.converter.rootfs.DirectoryNode;
import io.oci2wasm.converter.rootfs.Node;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * A directory's content: blocks that each begin with 12-byte entries and go on with their names, in
 * ascending order of names over all blocks, {@code .} and {@code ..} among them ({@code struct
 * erofs_dirent}). Linux finds a name by bisection over blocks and then over entries.
 */
final class DirectoryContent {
  private static final int ENTRY_SIZE = 12;
  private static final ByteString DOT = ByteString.utf8(".");
  private static final ByteString DOT_DOT = ByteString.utf8("..");

  /** Fields of an entry. */
  private static final class F {
    static final Field NID = new Field(0, 8);

    /** Where the name begins in the block; it ends where the next begins. */
    static final Field NAME_OFFSET = new Field(8, 2);

    static final Field FILE_TYPE = new Field(10, 1);

    private F() {}
  }

  private record Entry(ByteString name, Node node) {}

  private final List<Entry> entries;

  /** Which entry each block begins with, and the number of entries as the last element. */
  private final int[] blockStarts;

  private final int lastBlockBytes;

  DirectoryContent(DirectoryNode directory, DirectoryNode parent) {
    entries = new ArrayList<>(directory.children().size() + 2);
    for (DirectoryNode.Child child : directory.children()) {
      entries.add(new Entry(child.name(), child.node()));
    }
    insert(new Entry(DOT, directory));
    insert(new Entry(DOT_DOT, parent));
    IntStream.Builder starts = IntStream.builder();
    starts.add(0);
    int used = 0;
    for (int i = 0; i < entries.size(); i++) {
      int needed = ENTRY_SIZE + entries.get(i).name().length();
      if (used + needed > ErofsImage.BLOCK_SIZE) {
        starts.add(i);
        used = 0;
      }
      used += needed;
    }
    starts.add(entries.size());
    blockStarts = starts.build().toArray();
    lastBlockBytes = used;
  }

  private void insert(Entry entry) {
    int at = 0;
    while (at < entries.size() && entries.get(at).name().compareTo(entry.name()) < 0) {
      at++;
    }
    entries.add(at, entry);
  }

  int blocks() {
    return blockStarts.length - 1;
  }

  /** Size in bytes: whole blocks, and what the last one uses. */
  long sizeBytes() {
    return (blocks() - 1L) * ErofsImage.BLOCK_SIZE + lastBlockBytes;
  }

  /** One block, zeros after its names. {@code nids} tells each file's node id. */
  ByteBuffer encode(int block, ToLongFunction<Node> nids) {
    ByteBuffer content = ByteBuffer.allocate(ErofsImage.BLOCK_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    List<Entry> inBlock = entries.subList(blockStarts[block], blockStarts[block + 1]);
    int nameOffset = inBlock.size() * ENTRY_SIZE;
    int at = 0;
    for (Entry entry : inBlock) {
      F.NID.put(content, at, nids.applyAsLong(entry.node()));
      F.NAME_OFFSET.put(content, at, nameOffset);
      F.FILE_TYPE.put(content, at, FileType.of(entry.node()).directoryCode);
      entry.name().putInto(content.duplicate().position(nameOffset));
      nameOffset += entry.name().length();
      at += ENTRY_SIZE;
    }
    return content;
  }
}
