package io.oci2wasm.gateway.webhook;

import io.oci2wasm.gateway.webhook.auth.Authentication;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.gateway.webhook.sender.SenderReader;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One configured sender.
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

  /**
   * {@code request} as readers and dead letters see it: with the headers that tell what it says,
   * and nothing that could be a credential.
   */
  WebhookRequest told(WebhookRequest request) {
    byte[] body = request.body();
    Map<String, String> telling = new TreeMap<>(request.headers());
    telling.keySet().removeIf(name -> !isTelling(name));
    return new WebhookRequest(telling, null, () -> body);
  }

  private boolean isTelling(String header) {
    return header.regionMatches(true, 0, CLOUD_EVENT, 0, CLOUD_EVENT.length())
        || OF_ALL.stream().anyMatch(header::equalsIgnoreCase)
        || headers.stream().anyMatch(header::equalsIgnoreCase);
  }
}
