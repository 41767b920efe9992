package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.ConversionReader;

/** {@code GET} of {@code /api/v1/conversions[/{id}]} and {@code /api/v1/requests/{id}}. */
final class ConversionsResource {
  private final ConversionReader view;

  ConversionsResource(ConversionReader view) {
    this.view = view;
  }

  void list(Context context) throws UnavailableException {
    try {
      String digest = context.queryParam("digest");
      ConversionFilter filter =
          new ConversionFilter(
              Queries.word(ConversionState.class, "state", context.queryParam("state")),
              Queries.word(Stage.class, "stage", context.queryParam("stage")),
              context.queryParam("repository"),
              digest == null ? null : Sha256Digest.parse(digest),
              context.queryParam("request"),
              context.queryParam("batch"));
      Queries.answer(
          context,
          view.list(
              filter, Queries.limit(context.queryParam("limit")), context.queryParam("page")));
    } catch (IllegalArgumentException e) {
      throw new ProblemException(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  void get(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Queries.answer(
        context,
        view.find(id)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        String.format(
                            "conversion %s: found none; GET /api/v1/conversions?request=REQUEST_ID"
                                + " lists a request's",
                            id))));
  }

  void getRequest(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Queries.answer(
        context,
        view.findRequest(id)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        String.format(
                            "request %s: found none; the requestId of a conversion names one",
                            id))));
  }
}
