package io.oci2wasm.gateway.replay;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;

/** Receives a webhook again that could not be understood. */
public interface WebhookReplay {
  /**
   * Returns once all that the webhook says is safely written.
   *
   * @throws IllegalArgumentException if the letter is about no webhook of a known sender
   * @throws UnavailableException if it may not have been written
   */
  void replay(DeadLetter letter) throws UnavailableException;
}
