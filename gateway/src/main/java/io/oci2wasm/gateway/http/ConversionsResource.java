package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.view.ConversionFilter;
import io.oci2wasm.gateway.view.ConversionView;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** {@code GET} of {@code /api/v1/conversions[/{id}]} and {@code /api/v1/requests/{id}}. */
final class ConversionsResource {
  private static final int DEFAULT_LIMIT = 50;
  private static final int MAX_LIMIT = 500;

  private final ConversionView view;

  ConversionsResource(ConversionView view) {
    this.view = view;
  }

  void list(Context context) throws UnavailableException {
    try {
      String digest = context.queryParam("digest");
      ConversionFilter filter =
          new ConversionFilter(
              state(context.queryParam("state")),
              context.queryParam("repository"),
              digest == null ? null : Sha256Digest.parse(digest),
              context.queryParam("request"));
      answer(
          context,
          view.list(filter, limit(context.queryParam("limit")), context.queryParam("page")));
    } catch (IllegalArgumentException e) {
      throw new ProblemException(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  void get(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    answer(
        context,
        view.find(id)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        "conversion "
                            + id
                            + ": found none; GET /api/v1/conversions?request=REQUEST_ID lists a"
                            + " request's")));
  }

  void getRequest(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    answer(
        context,
        view.findRequest(id)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        "request "
                            + id
                            + ": found none; the requestId of a conversion names one")));
  }

  private static void answer(Context context, Object value) {
    context.contentType("application/json").result(Problem.json(value));
  }

  private static @Nullable ConversionState state(@Nullable String text) {
    if (text == null) {
      return null;
    }
    return Arrays.stream(ConversionState.values())
        .filter(state -> state.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "state: found \""
                        + text
                        + "\", expected one of "
                        + Arrays.toString(ConversionState.values())));
  }

  private static int limit(@Nullable String text) {
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
