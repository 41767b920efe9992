package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.api.Reason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why an event was not delivered to a subscriber.
 *
 * @param firstFailed when the first attempt failed; null where there was only one
 */
record DeliveryFailure(Reason reason, String message, int attempts, @Nullable Instant firstFailed) {
  static DeliveryFailure refused(Answer answer, int attempts, @Nullable Instant firstFailed) {
    return new DeliveryFailure(
        Reason.SUBSCRIBER_REFUSED,
        "found " + answer.what() + ", which refuses the event for good, expected 2xx",
        attempts,
        firstFailed);
  }

  static DeliveryFailure expired(Answer answer, int attempts, @Nullable Instant firstFailed) {
    return new DeliveryFailure(
        Reason.SUBSCRIBER_UNAVAILABLE,
        String.format(
            "found %s at the last of %s attempts, expected 2xx; replay it when the"
                + " subscriber takes events again",
            answer.what(), attempts),
        attempts,
        firstFailed);
  }

  /** The word of the metric. */
  String result() {
    return reason == Reason.SUBSCRIBER_REFUSED ? "refused" : "expired";
  }
}
