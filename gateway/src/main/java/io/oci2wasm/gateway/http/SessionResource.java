package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.gateway.identity.Caller;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/session}: who calls, and a browser's signing in and out. */
final class SessionResource {
  private static final String PATH = "/api/v1/session";
  private static final JsonBody<SignIn> BODY = new JsonBody<>(SignIn.class, "session", "token");

  private final Access access;

  SessionResource(Access access) {
    this.access = access;
  }

  void routes(RoutesConfig routes, Bodies bodies) {
    routes.get(PATH, context -> Queries.answer(context, Session.of(Access.of(context))));
    routes.post(PATH, bodies.ofStranger(this::signIn), Access.Open.ANYBODY);
    routes.delete(PATH, SessionResource::signOut, Access.Open.ANYBODY);
  }

  /** What a browser's user types. */
  record SignIn(@Nullable String token) {}

  /** Who calls. */
  record Session(String name, String role) {
    static Session of(@Nullable Caller caller) {
      if (caller == null) {
        throw new IllegalStateException("a caller that was not let in");
      }
      return new Session(caller.name(), caller.role().toString());
    }
  }

  private void signIn(Context context, byte[] body) {
    String token = BODY.parse(body).token();
    if (token == null || token.isBlank()) {
      throw BODY.refused("found no token, expected one");
    }
    Caller caller =
        access
            .ofToken(token.strip())
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.UNAUTHORIZED,
                        PATH
                            + ": found a token that this gateway does not know, expected another"));
    Access.note(context, caller);
    SessionCookie.set(context, token.strip());
    Queries.answer(context, Session.of(caller));
  }

  private static void signOut(Context context) {
    SessionCookie.remove(context);
    context.status(HttpStatus.NO_CONTENT);
  }
}
