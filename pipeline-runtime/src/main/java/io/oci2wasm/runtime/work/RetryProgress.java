package io.oci2wasm.runtime.work;

import java.time.Instant;
import java.util.BitSet;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/** How far one partition of a retry topic is: a bit for each offset from the first undone on. */
final class RetryProgress {
  private long first;
  private long next;
  private boolean hasRead;
  private BitSet done = new BitSet();
  private long droppedFrom;
  private @Nullable Instant droppedUntil;

  private RetryProgress(long first) {
    this.first = first;
    this.next = first;
  }

  /** Nothing is done from {@code first} on. */
  static RetryProgress from(long first) {
    return new RetryProgress(first);
  }

  /** As it was committed. */
  static RetryProgress restored(OffsetAndMetadata committed) {
    RetryProgress progress = new RetryProgress(committed.offset());
    DoneOffsets.decode(committed.offset(), committed.metadata()).forEach(progress::done);
    return progress;
  }

  /** {@code offset} was read, whatever becomes of it. Offsets may be missing in between. */
  void read(long offset) {
    if (offset >= next) {
      for (long gap = next; gap < offset; gap++) {
        done(gap);
      }
      next = offset + 1;
    }
    hasRead = true;
  }

  boolean hasRead() {
    return hasRead;
  }

  boolean isDone(long offset) {
    return offset < first || done.get(Math.toIntExact(offset - first));
  }

  void done(long offset) {
    if (offset >= first) {
      done.set(Math.toIntExact(offset - first));
      int undone = done.nextClearBit(0);
      first += undone;
      done = done.get(undone, Math.max(undone, done.length()));
    }
  }

  /** What waits at {@code offset} is known no more, until it is read again. */
  void dropped(long offset, Instant notBefore) {
    Instant until = droppedUntil;
    droppedFrom = until == null ? offset : Math.min(droppedFrom, offset);
    droppedUntil = until == null || notBefore.isBefore(until) ? notBefore : until;
  }

  /** Where to read again, if the time of something dropped comes before {@code limit}. */
  OptionalLong readAgain(Instant limit) {
    Instant until = droppedUntil;
    if (until == null || !until.isBefore(limit)) {
      return OptionalLong.empty();
    }
    droppedUntil = null;
    return OptionalLong.of(droppedFrom);
  }

  /** Events that were read and are not done. */
  int waiting() {
    int read = Math.toIntExact(Math.max(0, next - first));
    return read - done.get(0, read).cardinality();
  }

  OffsetAndMetadata position() {
    long end = Math.max(next, first + done.length());
    return first == end
        ? new OffsetAndMetadata(first)
        : new OffsetAndMetadata(first, DoneOffsets.encode(first, end, this::isDone));
  }
}
