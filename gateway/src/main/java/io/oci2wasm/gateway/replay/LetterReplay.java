package io.oci2wasm.gateway.replay;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;

/** Replays letters whose record was in no work topic. */
public interface LetterReplay {
  /**
   * Returns once all that follows from the letter is safely written.
   *
   * @throws IllegalArgumentException if the letter is about nothing that is known here
   * @throws UnavailableException if it may not have been written
   */
  void replay(DeadLetter letter) throws UnavailableException;
}
