package io.oci2wasm.gateway.webhook.sender;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reading of JSON bodies, and of the members that many senders have. */
final class Members {
  private Members() {}

  /**
   * The body as a {@code type}.
   *
   * @throws UnreadableWebhookException if it is something else
   */
  static <T> T parse(byte[] body, Class<T> type, String expected)
      throws UnreadableWebhookException {
    try {
      T read = Json.MAPPER.readValue(body, type);
      if (read != null) {
        return read;
      }
      throw new UnreadableWebhookException("webhook: found null, expected a " + expected);
    } catch (JsonProcessingException e) {
      throw new UnreadableWebhookException(
          "webhook: found something else (" + e.getOriginalMessage() + "), expected a " + expected,
          e);
    } catch (IOException e) {
      throw new UnreadableWebhookException("webhook: expected a " + expected, e);
    }
  }

  static <T> T required(String member, @Nullable T value) throws UnreadableWebhookException {
    if (value == null || value.equals("")) {
      throw new UnreadableWebhookException(
          "event: found no " + member + ", expected one in a push or deletion");
    }
    return value;
  }

  /** Nothing for a tag that is empty, or is a digest in a tag's place. */
  static @Nullable String tag(@Nullable String value) {
    return value == null || value.isEmpty() || isDigest(value) ? null : value;
  }

  static @Nullable Sha256Digest digest(@Nullable String value) {
    return value == null || value.isEmpty() ? null : Sha256Digest.parse(value);
  }

  static boolean isDigest(String reference) {
    return reference.startsWith("sha256:");
  }

  /** The host in {@code HOST[:PORT]/PATH}, with or without a scheme before it. */
  static @Nullable String host(@Nullable String address) {
    if (address == null) {
      return null;
    }
    String plain = address.replaceFirst("^[a-zA-Z][a-zA-Z0-9+.-]{0,15}://", "");
    int slash = plain.indexOf('/');
    return slash < 0 ? plain : plain.substring(0, slash);
  }
}
