package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.runtime.event.RetryMark;

/** The result of sending an event to a subscriber once. */
sealed interface DeliveryResult {
  /** The subscriber has it. */
  record Delivered() implements DeliveryResult {}

  /** It is tried again, as {@code mark} says. */
  record Retry(RetryMark mark) implements DeliveryResult {}

  /** It is not tried again. */
  record Failed(DeliveryFailure why) implements DeliveryResult {}
}
