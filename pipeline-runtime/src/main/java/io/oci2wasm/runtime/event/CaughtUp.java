package io.oci2wasm.runtime.event;

/** Returns when everything has been read that the topics held when reading began. */
@FunctionalInterface
public interface CaughtUp {
  /**
   * Looks once.
   *
   * @throws NotCaughtUpException that says why it is not, or not yet
   */
  void check() throws NotCaughtUpException;
}
