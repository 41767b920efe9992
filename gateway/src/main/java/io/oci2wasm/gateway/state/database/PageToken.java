package io.oci2wasm.gateway.state.database;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;

/** The last entry of a page: the time that orders it, and its id. */
public record PageToken(Instant time, String id) {
  private static final int REQUEST_ID_LENGTH = 32;

  /**
   * Reads what {@link #toString} wrote.
   *
   * @throws IllegalArgumentException if {@code text} is something else
   */
  public static PageToken parse(String text) {
    try {
      String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
      String[] parts = plain.split(" ", -1);
      if (parts.length == 2 && parts[1].length() >= REQUEST_ID_LENGTH) {
        return new PageToken(Instant.parse(parts[0]), parts[1]);
      }
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IllegalArgumentException(unknown(text), e);
    }
    throw new IllegalArgumentException(unknown(text));
  }

  private static String unknown(String text) {
    return "page: found \"" + text + "\", expected the \"next\" of an earlier answer";
  }

  @Override
  public String toString() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((time + " " + id).getBytes(StandardCharsets.US_ASCII));
  }
}
