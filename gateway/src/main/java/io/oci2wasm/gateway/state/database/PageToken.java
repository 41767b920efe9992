package io.oci2wasm.gateway.state.database;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** The last entry of a page: the time that orders it, and its id. */
public record PageToken(Instant time, String id) {
  private static final int REQUEST_ID_LENGTH = 32;

  /**
   * Reads what {@link #toString} wrote; null stands for the first page.
   *
   * @throws IllegalArgumentException if {@code text} is something else
   */
  public static @Nullable PageToken parse(@Nullable String text) {
    if (text == null) {
      return null;
    }
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

  /** Why {@code text} is refused. */
  public static String unknown(String text) {
    return "page: found \"" + text + "\", expected the \"next\" of an earlier answer";
  }

  /**
   * What rows must fulfil to come after {@code last}, newest first, where these columns order them.
   * The parameters are for {@link #bind}.
   */
  public static String condition(@Nullable PageToken last, String time, String id) {
    return last == null
        ? "TRUE"
        : "%1$s <= :lastTime AND (%1$s < :lastTime OR %2$s > :lastId)".formatted(time, id);
  }

  public static Query bind(Query query, @Nullable PageToken last) {
    return last == null ? query : query.bind("lastTime", last.time).bind("lastId", last.id);
  }

  @Override
  public String toString() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((time + " " + id).getBytes(StandardCharsets.US_ASCII));
  }
}
