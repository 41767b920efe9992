package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.security.RouteRole;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.Callers;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.Role;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lets callers of the API do what their role allows. They show their token in a header, or, from
 * the gateway's own pages, in the session's cookie.
 */
final class Access {
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) ");
  private static final String CALLER = "oci2wasm.caller";

  private final Callers callers;

  Access(Callers callers) {
    this.callers = callers;
  }

  /** Of a route that everybody may call. */
  enum Open implements RouteRole {
    ANYBODY
  }

  /** Refuses a request whose caller is unknown (401), or may not do this (403). */
  void check(Context context) throws UnavailableException {
    if (context.routeRoles().contains(Open.ANYBODY)) {
      return;
    }
    Caller caller = known(context);
    note(context, caller);
    requireRole(context, needed(context));
  }

  private Caller known(Context context) throws UnavailableException {
    try {
      return caller(context)
          .orElseThrow(
              () ->
                  unknown(
                      context,
                      "expected a token that this gateway knows as Authorization: Bearer TOKEN"));
    } catch (RefusedException e) {
      throw unknown(context, e.getMessage());
    }
  }

  /** Who calls, by header or cookie; empty if nobody who is known. */
  private Optional<Caller> caller(Context context) throws RefusedException, UnavailableException {
    String header = context.header("Authorization");
    if (callers.areAnyone() || (header != null && BEARER.matcher(header).lookingAt())) {
      return callers.ofHeader(header);
    }
    // A proxy's own authentication may be in the header.
    String token = SessionCookie.token(context);
    return token == null ? Optional.empty() : callers.ofToken(token);
  }

  /** Whether who made this request would still be let in. */
  boolean isStillKnown(Context context) {
    try {
      return caller(context).isPresent();
    } catch (RefusedException e) {
      return false;
    } catch (UnavailableException e) {
      // It was let in, and nobody has said otherwise.
      return true;
    }
  }

  /**
   * Who has this token; empty if nobody who is known.
   *
   * @throws RefusedException if its issuer refuses it
   * @throws UnavailableException if its issuer does not answer
   */
  Optional<Caller> ofToken(String token) throws RefusedException, UnavailableException {
    return callers.ofToken(token);
  }

  /** Tells who has shown itself in this request, though anybody may make it. */
  static void note(Context context, Caller caller) {
    context.attribute(CALLER, caller);
  }

  /** Who made this request; null if it was let in as {@link Open}, or was not let in. */
  static @Nullable Caller of(Context context) {
    return context.attribute(CALLER);
  }

  /** The name of who made this request, which was let in by it. */
  static String name(Context context) {
    Caller caller = of(context);
    if (caller == null) {
      throw new IllegalStateException(context.path() + " was let in without a caller");
    }
    return caller.name();
  }

  /** Refuses a request whose caller has less than {@code needed}. */
  static void requireRole(Context context, Role needed) {
    Caller caller = of(context);
    if (caller == null || !caller.role().includes(needed)) {
      throw new ProblemException(
          HttpStatus.FORBIDDEN,
          String.format(
              "%s %s: found %s, expected a caller with the role %s; gateway.callersFile gives roles",
              context.method(),
              context.path(),
              caller == null ? "nobody" : caller.name() + " with the role " + caller.role(),
              needed));
    }
  }

  /** A route that changes things and names no role is for those who may do everything. */
  private static Role needed(Context context) {
    return context.routeRoles().stream()
        .filter(Role.class::isInstance)
        .map(Role.class::cast)
        .max(Comparator.naturalOrder())
        .orElse(BrowserGuard.isReading(context) ? Role.VIEWER : Role.ADMIN);
  }

  private static ProblemException unknown(Context context, @Nullable String why) {
    context.header("WWW-Authenticate", "Bearer");
    return new ProblemException(HttpStatus.UNAUTHORIZED, context.path() + ": " + why);
  }
}
