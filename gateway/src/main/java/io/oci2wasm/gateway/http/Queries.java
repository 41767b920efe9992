package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.UnavailableException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads query parameters and writes answers. */
final class Queries {
  private static final int DEFAULT_LIMIT = 50;
  private static final int MAX_LIMIT = 500;

  private Queries() {}

  static void answer(Context context, Object value) {
    context.contentType("application/json").result(Problem.json(value));
  }

  /** What a query asks for. */
  @FunctionalInterface
  interface Listing {
    Object read() throws UnavailableException;
  }

  /** Answers with what was asked for; a query that cannot be understood is a bad request. */
  static void answerList(Context context, Listing listing) throws UnavailableException {
    try {
      answer(context, listing.read());
    } catch (IllegalArgumentException e) {
      throw new ProblemException(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  /** The constant whose word is {@code text}; null if nothing was asked. */
  static <E extends Enum<E>> @Nullable E word(Class<E> type, String name, @Nullable String text) {
    if (text == null) {
      return null;
    }
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        "%s: found \"%s\", expected one of %s",
                        name, text, Arrays.toString(type.getEnumConstants()))));
  }

  static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    if (!text.matches("[0-9]{1,4}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > MAX_LIMIT) {
      throw new IllegalArgumentException(
          "limit: found \"" + text + "\", expected 1 to " + MAX_LIMIT);
    }
    return Integer.parseInt(text);
  }
}
