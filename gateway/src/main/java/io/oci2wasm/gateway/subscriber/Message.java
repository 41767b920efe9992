package io.oci2wasm.gateway.subscriber;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.format.EventFormat;
import io.cloudevents.core.provider.EventFormatProvider;
import java.util.List;
import java.util.Objects;

/**
 * An event as it is posted: a CloudEvent in structured mode (HTTP protocol binding 1.0.2), so that
 * the signature over the body is one over id, source, type and time too.
 *
 * @param id the event's, the same each time it is sent; without full stops, which end an id where
 *     it is signed
 */
record Message(String id, Body body) {
  private static final List<String> RETRIES = List.of("attempt", "firstattempt", "notbefore");

  static final String CONTENT_TYPE = "application/cloudevents+json";

  /** Its bytes. */
  static final class Body {
    private final byte[] bytes;

    private Body(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] bytes() {
      return bytes.clone();
    }
  }

  static Message of(CloudEvent written) {
    // How often it was tried is ours; the subscriber gets the same bytes each time.
    CloudEventBuilder builder = CloudEventBuilder.from(written);
    RETRIES.forEach(builder::withoutExtension);
    CloudEvent event = builder.build();
    EventFormat json =
        Objects.requireNonNull(
            EventFormatProvider.getInstance().resolveFormat(CONTENT_TYPE), CONTENT_TYPE);
    return new Message(event.getId().replace('.', '-'), new Body(json.serialize(event)));
  }
}
