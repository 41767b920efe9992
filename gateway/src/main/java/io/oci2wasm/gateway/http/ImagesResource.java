package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.conversion.RequestReader;

/** {@code GET /api/v1/requests} and {@code /api/v1/tags}: what there is of a repository. */
final class ImagesResource {
  private final RequestReader view;

  ImagesResource(RequestReader view) {
    this.view = view;
  }

  void routes(RoutesConfig routes) {
    routes.get("/api/v1/requests", this::list);
    routes.get("/api/v1/tags", this::tags);
  }

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () ->
            view.list(
                place(context),
                Queries.limit(context.queryParam("limit")),
                context.queryParam("page")));
  }

  private void tags(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () ->
            view.tags(
                place(context),
                Queries.limit(context.queryParam("limit")),
                context.queryParam("page")));
  }

  private static RequestReader.Place place(Context context) {
    return new RequestReader.Place(
        required(context, "registry"), required(context, "repository"), context.queryParam("tag"));
  }

  private static String required(Context context, String name) {
    String value = context.queryParam(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(
          context.path() + ": found no " + name + ", expected registry and repository");
    }
    return value;
  }
}
