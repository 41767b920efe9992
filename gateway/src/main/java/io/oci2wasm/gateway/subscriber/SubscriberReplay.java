package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.util.List;

/** Sends an undelivered event to one subscriber again. */
public final class SubscriberReplay {
  private final List<String> names;
  private final RecordPublisher publisher;

  public SubscriberReplay(List<SubscriberConfig> subscribers, RecordPublisher publisher) {
    this.names = subscribers.stream().map(SubscriberConfig::name).toList();
    this.publisher = publisher;
  }

  /**
   * Returns once the event is where its subscriber reads it.
   *
   * @throws IllegalArgumentException if there is no such subscriber (any more)
   * @throws UnavailableException if it may not have been written
   */
  public void replay(DeadLetter letter) throws UnavailableException {
    String name = SubscriberLetters.subscriber(letter.record()).orElse("none");
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          String.format(
              "dead letter %s: found subscriber %s, expected one of gateway.subscribers: %s",
              letter.id(), name, names));
    }
    publisher.forward(List.of(new OutgoingRecord(Topics.RESENT, letter.record())));
  }
}
