package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.oci2wasm.api.Sha256Digest;
import org.jspecify.annotations.Nullable;

/** Data that is written to a topic as a CloudEvent, with what its attributes need. */
public interface TopicEvent {
  /** The CloudEvents type: the topic's name without lane. */
  @JsonIgnore
  String type();

  /** The CloudEvents id: equal for repeated announcements of the same thing. */
  @JsonIgnore
  String eventId();

  /** The CloudEvents subject: the digest the event is about, where one is known. */
  @JsonIgnore
  @Nullable Sha256Digest subject();

  /** The record key: the digest the event is about, else the repository. */
  @JsonIgnore
  String recordKey();
}
