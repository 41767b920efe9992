package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.HttpStatus;
import io.javalin.http.SameSite;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.oidc.OidcProvider;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1/session/oidc}: a browser's user signs in at the OpenID provider. The browser goes
 * there and back by itself, so what a person reads here is plain text.
 */
final class SignOnResource {
  private static final Logger LOGGER = LoggerFactory.getLogger(SignOnResource.class);
  private static final String PATH = "/api/v1/session/oidc";
  private static final String COOKIE = "oci2wasm-sign-on";
  private static final int MINUTES_AT_THE_PROVIDER = 10;

  private final @Nullable OidcProvider provider;

  /** Strangers come here, and each return asks the provider. */
  private final Overload atOnce = new Overload(16, "sign-ons");

  /** Without a {@code provider} nothing is here. */
  SignOnResource(@Nullable OidcProvider provider) {
    this.provider = provider;
  }

  void routes(RoutesConfig routes) {
    routes.get(PATH, context -> bounded(context, SignOnResource::begin), Access.Open.ANYBODY);
    routes.get(
        PATH + "/callback",
        context -> bounded(context, SignOnResource::finish),
        Access.Open.ANYBODY);
  }

  private interface Step {
    void take(Context context, OidcProvider provider) throws RefusedException, UnavailableException;
  }

  private void bounded(Context context, Step step) throws UnavailableException {
    OidcProvider known = provider;
    if (known == null) {
      throw new ProblemException(
          HttpStatus.NOT_FOUND,
          context.path() + ": found no OpenID provider, expected one in gateway.oidc");
    }
    if (!atOnce.begin()) {
      throw atOnce.refusal();
    }
    try {
      step.take(context, known);
    } catch (RefusedException e) {
      context
          .status(HttpStatus.FORBIDDEN)
          .contentType("text/plain; charset=utf-8")
          .result(
              String.format(
                  "You are not signed in: %s.%nThe dashboard is at %s%n",
                  e.getMessage(), known.dashboard()));
    } finally {
      atOnce.end();
    }
  }

  private static void begin(Context context, OidcProvider provider) throws UnavailableException {
    OidcProvider.Beginning beginning = provider.begin();
    keep(
        context,
        provider,
        Base64.getUrlEncoder().encodeToString(Problem.json(beginning.attempt())));
    redirect(context, beginning.where());
  }

  private static void finish(Context context, OidcProvider provider)
      throws RefusedException, UnavailableException {
    OidcProvider.Attempt attempt = attempt(context);
    keep(context, provider, null);
    if (attempt == null) {
      throw new RefusedException(
          "found no cookie of an attempt to sign in, expected one of the last "
              + MINUTES_AT_THE_PROVIDER
              + " minutes; try again");
    }
    OidcProvider.SignedIn user = provider.finish(attempt, context.queryParamMap());
    SessionCookie.setForeign(context, user.token(), isSecure(provider));
    LOGGER.atInfo().addKeyValue("caller", user.caller().name()).log("Signed in");
    redirect(context, provider.dashboard());
  }

  private static void redirect(Context context, URI where) {
    context.header("Cache-Control", "no-store");
    context.redirect(where.toString(), HttpStatus.FOUND);
  }

  private static OidcProvider.@Nullable Attempt attempt(Context context) {
    String value = context.cookie(COOKIE);
    if (value == null) {
      return null;
    }
    try {
      return Json.MAPPER.readValue(
          new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8),
          OidcProvider.Attempt.class);
    } catch (IllegalArgumentException | JsonProcessingException e) {
      return null;
    }
  }

  private static boolean isSecure(OidcProvider provider) {
    return "https".equals(provider.dashboard().getScheme());
  }

  /**
   * Lets the browser keep {@code value} until it comes back, or forget it. The provider's page
   * sends it back, so the cookie cannot be strict.
   */
  private static void keep(Context context, OidcProvider provider, @Nullable String value) {
    Cookie cookie = new Cookie(COOKIE, value == null ? "" : value);
    cookie.setPath(PATH);
    cookie.setMaxAge(value == null ? 0 : MINUTES_AT_THE_PROVIDER * 60);
    cookie.setHttpOnly(true);
    cookie.setSameSite(SameSite.LAX);
    cookie.setSecure(isSecure(provider));
    context.cookie(cookie);
  }
}
