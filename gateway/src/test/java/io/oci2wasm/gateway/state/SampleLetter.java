package io.oci2wasm.gateway.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** Dead letters as workers write them. */
public final class SampleLetter {
  private SampleLetter() {}

  /** About the push of {@code request}. */
  public static DeadLetter ofPush(SampleRequest request, Instant deadAt) {
    return of(request.pushed(), Topics.IMAGE_PUSHED, Stage.INGEST, Reason.NOT_FOUND, deadAt);
  }

  /** About its riscv64 platform. */
  public static DeadLetter ofPlatform(SampleRequest request, Instant deadAt) {
    return of(request.resolved(), Topics.PLATFORM_RESOLVED, Stage.BUILD, Reason.INTERNAL, deadAt);
  }

  /** About a subscriber that was not told of its failure. */
  public static DeadLetter ofSubscriber(String name, SampleRequest request, Instant deadAt) {
    return of(
        request.failed(),
        Topics.CONVERSION_FAILED,
        Stage.NOTIFY,
        Reason.SUBSCRIBER_REFUSED,
        deadAt,
        List.of(RecordCopy.Header.of("oci2wasm-subscriber", bytes(name))));
  }

  private static DeadLetter of(
      ReceivedEvent received, String type, Stage stage, Reason reason, Instant deadAt) {
    return of(received, Topics.work(type, Lane.PUSH), stage, reason, deadAt, List.of());
  }

  private static DeadLetter of(
      ReceivedEvent received,
      String topic,
      Stage stage,
      Reason reason,
      Instant deadAt,
      List<RecordCopy.Header> headers) {
    PipelineEvent event = received.event();
    DeadLetter.Origin origin =
        new DeadLetter.Origin(topic, 1, Math.floorMod(event.requestId().hashCode(), 1000));
    return new DeadLetter(
        DeadLetter.idOf(origin),
        new DeadLetter.Work(stage, Lane.PUSH, event.requestId(), event.image()),
        new DeadLetter.Failure(reason, "dead", 1, deadAt, deadAt),
        origin,
        new RecordCopy(RecordCopy.encode(bytes("key")), headers, RecordCopy.encode(json(event))));
  }

  /** About a webhook that nobody understands. */
  public static DeadLetter ofWebhook(Instant deadAt) {
    return new DeadLetter(
        DeadLetter.idOf(bytes("hello")),
        DeadLetter.Work.unknown(Stage.GATEWAY),
        new DeadLetter.Failure(Reason.UNREADABLE, "nul \0 in it", 1, deadAt, deadAt),
        null,
        new RecordCopy(null, List.of(), RecordCopy.encode(bytes("hello"))));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] json(PipelineEvent event) {
    try {
      return Json.MAPPER.writeValueAsBytes(event);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
