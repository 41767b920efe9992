package io.oci2wasm.gateway.webhook.message;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A received webhook. The body's bytes are as they were sent, since signatures are over them; they
 * are read when they are first asked for, so that a stranger without credentials sends them in
 * vain.
 */
public final class WebhookRequest {
  private final Map<String, String> headers;
  private final @Nullable String pathSecret;
  private final Supplier<byte[]> body;

  /**
   * A request.
   *
   * @param pathSecret what follows the sender's name in the path
   * @param body called each time the body is asked for
   */
  public WebhookRequest(
      Map<String, String> headers, @Nullable String pathSecret, Supplier<byte[]> body) {
    Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    copy.putAll(headers);
    this.headers = Collections.unmodifiableMap(copy);
    this.pathSecret = pathSecret;
    this.body = body;
  }

  /** The header {@code name}, whose letters' case does not count. */
  public @Nullable String header(String name) {
    return headers.get(name);
  }

  /** All headers; names are looked up without regard to case. */
  public Map<String, String> headers() {
    return headers;
  }

  public @Nullable String pathSecret() {
    return pathSecret;
  }

  public byte[] body() {
    return body.get();
  }
}
