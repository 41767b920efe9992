package io.oci2wasm.gateway.webhook;

import io.oci2wasm.api.event.ImagePushed;
import java.util.List;

/**
 * What a webhook said.
 *
 * @param ignored events that are none of ours: pulls, blobs, deletions
 * @param unreadable what is wrong with each event that should be a push but cannot be understood
 */
public record WebhookReading(List<ImagePushed> pushes, int ignored, List<String> unreadable) {
  public WebhookReading {
    pushes = List.copyOf(pushes);
    unreadable = List.copyOf(unreadable);
  }
}
