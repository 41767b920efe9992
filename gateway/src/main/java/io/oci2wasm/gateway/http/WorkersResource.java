package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.worker.Workers;
import java.util.List;

/** {@code GET /api/v1/workers}: which there are, and what each works on. */
final class WorkersResource {
  private final Workers workers;

  WorkersResource(Workers workers) {
    this.workers = workers;
  }

  void routes(RoutesConfig routes) {
    routes.get("/api/v1/workers", this::list);
  }

  /** Some of them. */
  record Page(List<Workers.Worker> items) {}

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context, () -> new Page(workers.list(Queries.limit(context.queryParam("limit")))));
  }
}
