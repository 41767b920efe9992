package io.oci2wasm.runtime.event;

/** Says by returning that everything is read which topics held when reading them began. */
@FunctionalInterface
public interface CaughtUp {
  /**
   * Looks once.
   *
   * @throws NotCaughtUpException that says why it is not, or not yet
   */
  void check() throws NotCaughtUpException;
}
