package io.oci2wasm.runtime.work;

import java.util.List;

/** Something that takes events and works on them until it is closed. */
public interface Worker extends AutoCloseable {
  /** Whether every thread that should be at work is there: without one only a new start helps. */
  boolean alive();

  /** Whether every thread that should be at work is alive. */
  boolean healthy();

  /**
   * Takes no more work; what is begun goes on until {@link #close}, but no longer than the time to
   * drain from now on.
   */
  void stopTaking();

  /** Takes no more work, finishes what ends in time, and leaves the rest to others. */
  @Override
  void close();

  /** Several as one. */
  static Worker together(Worker... workers) {
    List<Worker> all = List.of(workers);
    return new Worker() {
      @Override
      public boolean alive() {
        return all.stream().allMatch(Worker::alive);
      }

      @Override
      public boolean healthy() {
        return all.stream().allMatch(Worker::healthy);
      }

      @Override
      public void stopTaking() {
        all.forEach(Worker::stopTaking);
      }

      @Override
      public void close() {
        stopTaking();
        all.forEach(Worker::close);
      }
    };
  }
}
