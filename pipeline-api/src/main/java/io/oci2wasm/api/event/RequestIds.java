package io.oci2wasm.api.event;

import io.oci2wasm.api.Sha256Digest;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Ids of requests: 32 hex digits, equal for one webhook delivered twice. */
public final class RequestIds {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

  private RequestIds() {}

  /**
   * The id of the request that {@code sender} announced for {@code registry} under its own {@code
   * eventId}.
   */
  public static String of(String sender, String registry, String eventId) {
    byte[] joined = (sender + "\n" + registry + "\n" + eventId).getBytes(StandardCharsets.UTF_8);
    return Sha256Digest.of(joined).hex().substring(0, 32);
  }

  /** Whether {@code text} has the form of an id. */
  public static boolean isId(String text) {
    return FORM.matcher(text).matches();
  }

  static void check(String id) {
    if (!isId(id)) {
      throw new IllegalArgumentException(
          "request id: found \"" + id + "\", expected 32 lower-case hex digits");
    }
  }
}
