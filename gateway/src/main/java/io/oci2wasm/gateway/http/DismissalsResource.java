package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Role;
import io.oci2wasm.gateway.state.letter.Dismissals;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;

/** {@code /api/v1/dead-letters/…/dismiss}: clears what nobody will replay, and takes that back. */
final class DismissalsResource {
  private static final String PATH = DeadLettersResource.PATH;

  private final Dismissals dismissals;

  DismissalsResource(Dismissals dismissals) {
    this.dismissals = dismissals;
  }

  void routes(RoutesConfig routes, Bodies bodies) {
    routes.post(PATH + "/dismiss", bodies.of(this::dismissAll), Role.OPERATOR);
    routes.post(PATH + "/{id}/dismiss", this::dismiss, Role.OPERATOR);
    routes.post(PATH + "/{id}/reopen", this::reopen, Role.OPERATOR);
  }

  /** How many were dismissed, or would be. */
  record Dismissed(boolean dryRun, long letters) {}

  private void dismissAll(Context context, byte[] body) throws UnavailableException {
    LetterSelection selection = LetterSelection.parse(body);
    if (selection.force()) {
      throw new ProblemException(
          HttpStatus.BAD_REQUEST,
          "dead letters: found force, expected none: only open ones can be dismissed");
    }
    LetterFilter filter = selection.filter(Letter.State.OPEN);
    Queries.answer(
        context,
        new Dismissed(
            selection.dryRun(),
            selection.dryRun()
                ? dismissals.count(filter)
                : dismissals.dismiss(filter, Access.name(context))));
  }

  private void dismiss(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Letter letter =
        dismissals
            .dismiss(id, Access.name(context))
            .orElseThrow(() -> DeadLettersResource.notFound(id));
    if (letter.state() != Letter.State.DISMISSED) {
      throw new ProblemException(
          HttpStatus.CONFLICT,
          "dead letter " + id + ": found it " + letter.state() + ", expected it open");
    }
    Queries.answer(context, letter);
  }

  private void reopen(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Queries.answer(
        context, dismissals.reopen(id).orElseThrow(() -> DeadLettersResource.notFound(id)));
  }
}
