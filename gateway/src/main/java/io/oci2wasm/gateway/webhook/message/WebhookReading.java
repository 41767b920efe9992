package io.oci2wasm.gateway.webhook.message;

import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.ImagePushed;
import java.util.List;

/**
 * The content of a webhook.
 *
 * @param ignored why each event that makes no request makes none
 * @param unreadable what is wrong with each event that cannot be understood
 */
public record WebhookReading(
    List<ImagePushed> pushes,
    List<ImageDeleted> deletions,
    List<Ignored> ignored,
    List<String> unreadable) {
  public WebhookReading {
    pushes = List.copyOf(pushes);
    deletions = List.copyOf(deletions);
    ignored = List.copyOf(ignored);
    unreadable = List.copyOf(unreadable);
  }

  public static WebhookReading of(ImagePushed push) {
    return new WebhookReading(List.of(push), List.of(), List.of(), List.of());
  }

  public static WebhookReading ignored(Ignored why) {
    return new WebhookReading(List.of(), List.of(), List.of(why), List.of());
  }

  public static WebhookReading of(ImageDeleted deletion) {
    return new WebhookReading(List.of(), List.of(deletion), List.of(), List.of());
  }

  public static WebhookReading unreadable(String why) {
    return new WebhookReading(List.of(), List.of(), List.of(), List.of(why));
  }

  /** All of them in one, in their order. */
  public static WebhookReading all(List<WebhookReading> parts) {
    return new WebhookReading(
        parts.stream().flatMap(part -> part.pushes.stream()).toList(),
        parts.stream().flatMap(part -> part.deletions.stream()).toList(),
        parts.stream().flatMap(part -> part.ignored.stream()).toList(),
        parts.stream().flatMap(part -> part.unreadable.stream()).toList());
  }
}
