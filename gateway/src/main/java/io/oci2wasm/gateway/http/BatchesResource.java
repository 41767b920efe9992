package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.batch.BatchStateException;
import io.oci2wasm.gateway.batch.Batches;
import io.oci2wasm.gateway.identity.Role;
import java.time.Clock;
import java.util.List;

/** {@code /api/v1/batches}: begins batches, shows them, and pauses, resumes and cancels them. */
final class BatchesResource {
  private static final String PATH = "/api/v1/batches";
  private static final int SAMPLE = 50;

  private final Batches batches;
  private final Clock clock;

  BatchesResource(Batches batches, Clock clock) {
    this.batches = batches;
    this.clock = clock;
  }

  void routes(RoutesConfig routes, Bodies bodies) {
    routes.post(PATH, bodies.of(this::post), Role.OPERATOR);
    routes.get(PATH, this::list);
    routes.get(PATH + "/{id}", this::get);
    routes.post(PATH + "/{id}/pause", context -> change(context, Change.PAUSED), Role.OPERATOR);
    routes.post(PATH + "/{id}/resume", context -> change(context, Change.RESUMED), Role.OPERATOR);
    routes.post(PATH + "/{id}/cancel", context -> change(context, Change.CANCELLED), Role.OPERATOR);
  }

  /**
   * What a batch would convert.
   *
   * @param images how many
   * @param sample some of them
   */
  record Preview(boolean dryRun, int images, long repositories, List<ImageReference> sample) {
    static Preview of(List<ImageReference> images) {
      return new Preview(
          true,
          images.size(),
          images.stream().map(ImageReference::repository).distinct().count(),
          images.stream().limit(SAMPLE).toList());
    }
  }

  private void post(Context context, byte[] body) throws UnavailableException {
    BatchOrder order = BatchOrder.parse(body);
    BatchRequested requested = order.requested(clock.instant());
    if (order.dryRun()) {
      Queries.answer(context, Preview.of(batches.preview(requested)));
    } else {
      context.status(HttpStatus.ACCEPTED);
      Queries.answer(context, batches.begin(requested));
    }
  }

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () -> batches.list(Queries.limit(context.queryParam("limit")), context.queryParam("page")));
  }

  private void get(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Queries.answer(context, batches.find(id).orElseThrow(() -> notFound(id)));
  }

  private void change(Context context, Change change) throws UnavailableException {
    String id = context.pathParam("id");
    try {
      Queries.answer(context, batches.change(id, change).orElseThrow(() -> notFound(id)));
    } catch (BatchStateException e) {
      throw new ProblemException(HttpStatus.CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  private static ProblemException notFound(String id) {
    return new ProblemException(
        HttpStatus.NOT_FOUND, "batch " + id + ": found none; GET " + PATH + " lists them");
  }
}
