package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Role;
import io.oci2wasm.gateway.replay.ReplayResult;
import io.oci2wasm.gateway.replay.Replayer;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterGroup;
import io.oci2wasm.gateway.state.letter.LetterGroups;
import io.oci2wasm.gateway.state.letter.LetterReader;
import java.util.List;

/** {@code /api/v1/dead-letters}: lists and counts what failed for good, and replays it. */
final class DeadLettersResource {
  static final String PATH = "/api/v1/dead-letters";

  private final LetterReader view;
  private final LetterGroups groups;
  private final Replayer replayer;

  DeadLettersResource(LetterReader view, LetterGroups groups, Replayer replayer) {
    this.view = view;
    this.groups = groups;
    this.replayer = replayer;
  }

  void routes(RoutesConfig routes, Bodies bodies) {
    routes.get(PATH, this::list);
    routes.get(PATH + "/groups", this::group);
    routes.post(PATH + "/replay", bodies.of(this::replayAll), Role.OPERATOR);
    routes.get(PATH + "/{id}", this::get);
    routes.post(PATH + "/{id}/replay", this::replay, Role.OPERATOR);
  }

  /** What was done. */
  record Replays(boolean dryRun, List<ReplayResult> items) {}

  /** The largest groups. */
  record Groups(List<LetterGroup> items) {}

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () ->
            view.list(
                filter(context),
                Queries.limit(context.queryParam("limit")),
                context.queryParam("page")));
  }

  private void group(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () -> {
          LetterGroups.By by = Queries.word(LetterGroups.By.class, "by", context.queryParam("by"));
          return new Groups(
              groups.largest(
                  filter(context),
                  by == null ? LetterGroups.By.REASON : by,
                  Queries.limit(context.queryParam("limit"))));
        });
  }

  private static LetterFilter filter(Context context) {
    return new LetterFilter(
        Queries.word(Stage.class, "stage", context.queryParam("stage")),
        Queries.word(Reason.class, "reason", context.queryParam("reason")),
        context.queryParam("registry"),
        context.queryParam("repository"),
        context.queryParam("request"),
        null,
        Queries.word(Letter.State.class, "state", context.queryParam("state")));
  }

  private void get(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Queries.answer(context, view.find(id).orElseThrow(() -> notFound(id)));
  }

  private void replay(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    boolean force = Boolean.parseBoolean(context.queryParam("force"));
    ReplayResult result = replayer.replay(id, force).orElseThrow(() -> notFound(id));
    if (result.result() == ReplayResult.What.REFUSED) {
      throw new ProblemException(HttpStatus.CONFLICT, String.valueOf(result.message()));
    }
    Queries.answer(context, result);
  }

  private void replayAll(Context context, byte[] body) throws UnavailableException {
    LetterSelection selection = LetterSelection.parse(body);
    LetterFilter filter = selection.filter(selection.force() ? null : Letter.State.OPEN);
    Queries.answer(
        context,
        new Replays(
            selection.dryRun(), replayer.replayAll(filter, selection.force(), selection.dryRun())));
  }

  static ProblemException notFound(String id) {
    return new ProblemException(
        HttpStatus.NOT_FOUND, "dead letter " + id + ": found none; GET " + PATH + " lists them");
  }
}
