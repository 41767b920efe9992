package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.identity.Role;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.util.List;

/** {@code /api/v1/conversions[/{id}]} and {@code /api/v1/requests/{id}}: asks for, and shows. */
final class ConversionsResource {
  private static final String PATH = "/api/v1/conversions";
  private static final String REQUESTS = "/api/v1/requests/";

  private final ConversionReader view;
  private final EventPublisher publisher;
  private final Clock clock;

  ConversionsResource(ConversionReader view, EventPublisher publisher, Clock clock) {
    this.view = view;
    this.publisher = publisher;
    this.clock = clock;
  }

  void routes(RoutesConfig routes, Bodies bodies) {
    routes.post(PATH, bodies.of(this::post), Role.OPERATOR);
    routes.get(PATH, this::list);
    routes.get(PATH + "/{id}", this::get);
    routes.get(REQUESTS + "{id}", this::getRequest);
  }

  /** What was asked for; its conversions are under {@code requestId} when ingest has found them. */
  record Accepted(String requestId, ImageReference image) {}

  private void post(Context context, byte[] body) throws UnavailableException {
    ImagePushed pushed = ConversionOrder.parse(body).pushed(clock.instant());
    publisher.publish(List.of(pushed));
    context.status(HttpStatus.ACCEPTED).header("Location", REQUESTS + pushed.requestId());
    Queries.answer(context, new Accepted(pushed.requestId(), pushed.image()));
  }

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () ->
            view.list(
                filter(context),
                Queries.limit(context.queryParam("limit")),
                context.queryParam("page")));
  }

  private static ConversionFilter filter(Context context) {
    String digest = context.queryParam("digest");
    return new ConversionFilter(
        Queries.word(ConversionState.class, "state", context.queryParam("state")),
        Queries.word(Stage.class, "stage", context.queryParam("stage")),
        context.queryParam("repository"),
        digest == null ? null : Sha256Digest.parse(digest),
        context.queryParam("request"),
        context.queryParam("batch"));
  }

  private void get(Context context) throws UnavailableException {
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

  private void getRequest(Context context) throws UnavailableException {
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
