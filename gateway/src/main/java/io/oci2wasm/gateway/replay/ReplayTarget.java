package io.oci2wasm.gateway.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Where the record of a dead letter goes to be tried again. */
final class ReplayTarget {
  private ReplayTarget() {}

  /**
   * The work topic that the record lay in, or waited for.
   *
   * @throws IllegalArgumentException if it lay in no topic that is worked on: nothing else is
   *     written to, whatever a letter says
   */
  static String topic(DeadLetter letter) {
    DeadLetter.Origin origin = letter.origin();
    String found = origin == null ? "no topic" : origin.topic();
    if (letter.work().stage() == Stage.INGEST && found.equals(Topics.BATCH_REQUESTED)) {
      return found;
    }
    if (letter.work().stage() == Stage.DELIVER && found.equals(Topics.BUNDLE_BUILT)) {
      return Topics.work(found, laneOf(letter));
    }
    for (String type : Topics.LANED) {
      if (Topics.retry(type).equals(found)) {
        return Topics.work(type, laneOf(letter));
      }
      for (Lane lane : Lane.values()) {
        if (Topics.work(type, lane).equals(found)) {
          return found;
        }
      }
    }
    throw new IllegalArgumentException(
        "dead letter " + letter.id() + ": found origin " + found + ", expected a work topic");
  }

  /** Where nobody could read it, the lane in which nobody waits for others. */
  private static Lane laneOf(DeadLetter letter) {
    Lane lane = letter.work().lane();
    return lane == null ? Lane.PUSH : lane;
  }

  /** The platform manifest that the record is about; null if it is about a whole request. */
  static @Nullable Sha256Digest manifest(DeadLetter letter) {
    String topic = topic(letter);
    if (letter.work().requestId() == null
        || !(topic.startsWith(Topics.PLATFORM_RESOLVED)
            || topic.startsWith(Topics.TRANSLATION_REQUESTED))) {
      return null;
    }
    try {
      String json = new String(RecordCopy.decode(letter.record().value()), StandardCharsets.UTF_8);
      return Sha256Digest.parse(
          Json.MAPPER.readTree(json).path("manifest").path("digest").asText());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return null;
    }
  }
}
