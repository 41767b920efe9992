package io.oci2wasm.gateway.webhook.message;

import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.ImagePushed;
import java.util.List;

/**
 * What a webhook said.
 *
 * @param ignored events that convert nothing: pulls, blobs, attestations, our own pushes
 * @param unreadable what is wrong with each event that cannot be understood
 */
public record WebhookReading(
    List<ImagePushed> pushes, List<ImageDeleted> deletions, int ignored, List<String> unreadable) {
  public static final WebhookReading IGNORED =
      new WebhookReading(List.of(), List.of(), 1, List.of());

  public WebhookReading {
    pushes = List.copyOf(pushes);
    deletions = List.copyOf(deletions);
    unreadable = List.copyOf(unreadable);
  }

  public static WebhookReading of(ImagePushed push) {
    return new WebhookReading(List.of(push), List.of(), 0, List.of());
  }

  public static WebhookReading of(ImageDeleted deletion) {
    return new WebhookReading(List.of(), List.of(deletion), 0, List.of());
  }

  public static WebhookReading unreadable(String why) {
    return new WebhookReading(List.of(), List.of(), 0, List.of(why));
  }

  /** All of them in one, in their order. */
  public static WebhookReading all(List<WebhookReading> parts) {
    return new WebhookReading(
        parts.stream().flatMap(part -> part.pushes.stream()).toList(),
        parts.stream().flatMap(part -> part.deletions.stream()).toList(),
        parts.stream().mapToInt(WebhookReading::ignored).sum(),
        parts.stream().flatMap(part -> part.unreadable.stream()).toList());
  }
}
