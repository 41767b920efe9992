package io.oci2wasm.converter.erofs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * Finds room for inodes with what stands behind them: in the fullest block that still takes one, so
 * that little is left unused. What fits into one block never crosses into the next, as Linux
 * demands of inline tails.
 */
final class BlockPacker {
  private static final int SLOTS_PER_BLOCK = ErofsImage.BLOCK_SIZE / InodeRecord.SLOT_SIZE;

  /** Blocks with free slots at their end, by how many; the last one freed is taken first. */
  private final List<Deque<Integer>> blocksByFreeSlots = new ArrayList<>();

  private final BitSet freeCounts = new BitSet(SLOTS_PER_BLOCK + 1);
  private int blocks;

  /** {@code reservedBytes}: taken at the first block's start. */
  BlockPacker(int reservedBytes) {
    blocks = 1;
    for (int free = 0; free <= SLOTS_PER_BLOCK; free++) {
      blocksByFreeSlots.add(new ArrayDeque<>());
    }
    keep(0, SLOTS_PER_BLOCK - slots(reservedBytes));
  }

  private static int slots(int bytes) {
    return (bytes + InodeRecord.SLOT_SIZE - 1) / InodeRecord.SLOT_SIZE;
  }

  private void keep(int block, int freeSlots) {
    if (freeSlots > 0) {
      blocksByFreeSlots.get(freeSlots).push(block);
      freeCounts.set(freeSlots);
    }
  }

  /** The byte position of {@code bytes} bytes, a multiple of the slot size. */
  long place(int bytes) {
    int needed = slots(bytes);
    int free = needed > SLOTS_PER_BLOCK ? -1 : freeCounts.nextSetBit(needed);
    if (free < 0) {
      int first = blocks;
      int taken = Math.max(1, (needed + SLOTS_PER_BLOCK - 1) / SLOTS_PER_BLOCK);
      blocks += taken;
      keep(blocks - 1, taken * SLOTS_PER_BLOCK - needed);
      return (long) first * ErofsImage.BLOCK_SIZE;
    }
    Deque<Integer> candidates = blocksByFreeSlots.get(free);
    int block = candidates.pop();
    if (candidates.isEmpty()) {
      freeCounts.clear(free);
    }
    keep(block, free - needed);
    return (long) block * ErofsImage.BLOCK_SIZE
        + (long) (SLOTS_PER_BLOCK - free) * InodeRecord.SLOT_SIZE;
  }

  /** Blocks in use. */
  int blocks() {
    return blocks;
  }
}
