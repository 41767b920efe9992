package io.oci2wasm.runtime.work;

import java.util.Base64;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Which offsets from a committed one on are done already, as the text that Kafka keeps beside an
 * offset: a bit for each, in base64. What does not fit is left out and done again.
 */
final class DoneOffsets {
  /** Brokers take 4096 bytes of text (offset.metadata.max.bytes), which hold 3072 bytes of bits. */
  private static final int MAX_OFFSETS = 3072 * 8;

  private DoneOffsets() {}

  /** Asks {@code isDone} of each offset from {@code first} to before {@code end}. */
  static String encode(long first, long end, LongPredicate isDone) {
    BitSet bits = new BitSet();
    int count = (int) Math.min(end - first, MAX_OFFSETS);
    for (int i = 0; i < count; i++) {
      bits.set(i, isDone.test(first + i));
    }
    return Base64.getEncoder().encodeToString(bits.toByteArray());
  }

  /** The offsets that are done; none if {@code text} is nothing that we wrote. */
  static Set<Long> decode(long first, String text) {
    Set<Long> done = new HashSet<>();
    try {
      BitSet bits = BitSet.valueOf(Base64.getDecoder().decode(text));
      bits.stream().forEach(bit -> done.add(first + bit));
    } catch (IllegalArgumentException e) {
      done.clear();
    }
    return done;
  }
}
