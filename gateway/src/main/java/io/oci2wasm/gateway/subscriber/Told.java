package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.runtime.event.RetryMark;

/** The result of sending an event to a subscriber once. */
sealed interface Told {
  /** The subscriber has it. */
  record Taken() implements Told {}

  /** It is tried again, as {@code mark} says. */
  record Again(RetryMark mark) implements Told {}

  /** It is not tried again. */
  record Over(DeliveryFailure why) implements Told {}
}
