package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Role;
import io.oci2wasm.gateway.retention.GcRuns;
import io.oci2wasm.gateway.retention.RetentionView;
import java.nio.charset.StandardCharsets;

/** {@code /api/v1/gc}: starts a run of retention, or a dry run, and shows it, and the schedule. */
final class GcResource {
  private static final String PATH = "/api/v1/gc";

  private final GcRuns runs;
  private final RetentionView view;

  GcResource(GcRuns runs, RetentionView view) {
    this.runs = runs;
    this.view = view;
  }

  void routes(RoutesConfig routes, Bodies bodies) {
    routes.post(PATH, bodies.of(this::post), Role.OPERATOR);
    routes.get(PATH, this::list);
    routes.get(PATH + "/{id}", this::get);
  }

  private void list(Context context) throws UnavailableException {
    Queries.answerList(context, () -> view.overview(Queries.limit(context.queryParam("limit"))));
  }

  private void post(Context context, byte[] body) throws UnavailableException {
    boolean dryRun = dryRun(body);
    if (!dryRun) {
      Access.requireRole(context, Role.ADMIN);
    }
    try {
      Queries.answer(context.status(HttpStatus.ACCEPTED), runs.begin(dryRun));
    } catch (GcRuns.AlreadyRunningException e) {
      throw new ProblemException(HttpStatus.CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  private void get(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Queries.answer(
        context,
        runs.find(id)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        String.format(
                            "gc %s: found no such run, expected one of the last %s days",
                            id, GcRuns.KEEP.toDays()))));
  }

  /** Without a word nothing is removed: who means it says so. */
  private static boolean dryRun(byte[] body) {
    try {
      JsonNode request = Json.MAPPER.readTree(new String(body, StandardCharsets.UTF_8));
      JsonNode dryRun = request.path("dryRun");
      if (request.size() > 1) {
        throw new ProblemException(HttpStatus.BAD_REQUEST, expected("more than one member"));
      }
      if (request.isObject() && dryRun.isBoolean()) {
        return dryRun.asBoolean();
      }
    } catch (JsonProcessingException e) {
      throw new ProblemException(HttpStatus.BAD_REQUEST, expected("no JSON"));
    }
    throw new ProblemException(HttpStatus.BAD_REQUEST, expected("no member dryRun"));
  }

  private static String expected(String found) {
    return "gc: found " + found + ", expected {\"dryRun\": true} or {\"dryRun\": false}";
  }
}
