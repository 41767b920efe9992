package io.oci2wasm.gateway.webhook;

import io.oci2wasm.gateway.webhook.auth.Authentication;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.gateway.webhook.sender.SenderReader;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One sender as it is configured.
 *
 * @param name in paths and metrics
 * @param authentication who may send for it
 * @param reader understands what it sends
 * @param headers its own, which tell what the body is
 */
public record Sender(
    String name, Authentication authentication, SenderReader reader, Set<String> headers) {
  private static final Set<String> OF_ALL = Set.of("Content-Type", "User-Agent");
  private static final String CLOUD_EVENT = "ce-";

  /** All headers of {@code request} that tell what it says, and none that could be a credential. */
  Map<String, String> telling(WebhookRequest request) {
    Map<String, String> telling = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    request
        .headers()
        .forEach(
            (name, value) -> {
              if (isTelling(name)) {
                telling.put(name, value);
              }
            });
    return Collections.unmodifiableMap(telling);
  }

  private boolean isTelling(String header) {
    return header.regionMatches(true, 0, CLOUD_EVENT, 0, CLOUD_EVENT.length())
        || OF_ALL.stream().anyMatch(header::equalsIgnoreCase)
        || headers.stream().anyMatch(header::equalsIgnoreCase);
  }
}
