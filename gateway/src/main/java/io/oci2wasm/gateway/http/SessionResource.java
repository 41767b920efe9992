package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.oidc.Identities;
import io.oci2wasm.gateway.identity.oidc.OidcProvider;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/session}: who calls, and a browser's signing in and out. */
final class SessionResource {
  private static final String PATH = "/api/v1/session";
  private static final JsonBody<SignIn> BODY = new JsonBody<>(SignIn.class, "session", "token");

  private final Access access;
  private final Ways ways;

  SessionResource(Access access, Identities identities) {
    this.access = access;
    this.ways = Ways.of(identities);
  }

  void routes(RoutesConfig routes, Bodies bodies) {
    routes.get(PATH, context -> Queries.answer(context, Session.of(Access.of(context))));
    routes.get(PATH + "/ways", context -> Queries.answer(context, ways), Access.Open.ANYBODY);
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

  /**
   * How a browser's user can sign in.
   *
   * @param token whether by a token of the gateway's
   * @param signOn what the provider is called that knows users; null without one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Ways(boolean token, @Nullable String signOn) {
    static Ways of(Identities identities) {
      OidcProvider provider = identities.provider();
      return new Ways(identities.callers().knowTokens(), provider == null ? null : provider.name());
    }
  }

  private void signIn(Context context, byte[] body) throws UnavailableException {
    String token = BODY.parse(body).token();
    if (token == null || token.isBlank()) {
      throw BODY.refused("found no token, expected one");
    }
    Caller caller = ofToken(token.strip());
    Access.note(context, caller);
    SessionCookie.set(context, token.strip());
    Queries.answer(context, Session.of(caller));
  }

  private Caller ofToken(String token) throws UnavailableException {
    try {
      return access
          .ofToken(token)
          .orElseThrow(
              () -> refused("found a token that this gateway does not know, expected another"));
    } catch (RefusedException e) {
      throw refused(e.getMessage());
    }
  }

  private static ProblemException refused(@Nullable String why) {
    return new ProblemException(HttpStatus.UNAUTHORIZED, PATH + ": " + why);
  }

  private static void signOut(Context context) {
    SessionCookie.remove(context);
    context.status(HttpStatus.NO_CONTENT);
  }
}
