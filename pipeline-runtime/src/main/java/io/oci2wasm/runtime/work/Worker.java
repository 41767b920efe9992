package io.oci2wasm.runtime.work;

import java.util.List;

/** Takes events and processes them until it is closed. */
public interface Worker extends AutoCloseable {
  /**
   * Whether work is taken and done, or would be if there were any: false where a thread has died,
   * is stuck, fails in every round by a fault of ours, or met an error that breaks its process.
   * Nothing but a new start of the process mends that. What is unavailable changes nothing here.
   */
  boolean alive();

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
