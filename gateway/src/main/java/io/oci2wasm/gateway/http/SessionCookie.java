package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import io.oci2wasm.gateway.identity.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The cookie in which a browser keeps its user's token (RFC 6265bis). No script can read it, and it
 * counts only in requests of the gateway's own pages: cookies do not tell ports apart, so pages on
 * another port of this host would send it, too.
 */
final class SessionCookie {
  private static final String NAME = "oci2wasm-token";
  private static final int MOST = 4096;
  private static final String PATH = "/api/";

  private SessionCookie() {}

  /** The token that this request's cookie holds; null without. */
  static @Nullable String token(Context context) {
    String site = BrowserGuard.site(context);
    String value = context.cookie(NAME);
    if (value == null || !(site == null ? isOurs(context) : BrowserGuard.isOurSite(site))) {
      return null;
    }
    try {
      return new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Browsers tell no site where we speak plain HTTP beyond loopback, but pages' origins. */
  private static boolean isOurs(Context context) {
    String origin = context.header("Origin");
    return origin == null || origin.equals(context.scheme() + "://" + context.header("Host"));
  }

  /** Lets the browser keep {@code token} until it ends. */
  static void set(Context context, String token) {
    context.cookie(cookie(encoded(token), -1, isSecure(context)));
  }

  /**
   * The same for a token that somebody else has made.
   *
   * @param secure whether browsers reach us by HTTPS, maybe through a proxy
   * @throws RefusedException if browsers would not keep it (RFC 6265bis, section 5.6: 4096 bytes)
   */
  static void setForeign(Context context, String token, boolean secure) throws RefusedException {
    String value = encoded(token);
    if (NAME.length() + value.length() > MOST) {
      throw new RefusedException(
          String.format(
              "found a token of %d bytes, expected at most %d, for browsers keep no larger cookies;"
                  + " let the provider put less into ID tokens (gateway.oidc.scopes)",
              token.length(), (MOST - NAME.length()) / 4 * 3));
    }
    context.cookie(cookie(value, -1, secure));
  }

  private static String encoded(String token) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(token.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isSecure(Context context) {
    return context.scheme().equals("https");
  }

  /** Lets the browser forget it. */
  static void remove(Context context) {
    context.cookie(cookie("", 0, isSecure(context)));
  }

  private static Cookie cookie(String value, int maxAge, boolean secure) {
    Cookie cookie = new Cookie(NAME, value);
    cookie.setPath(PATH);
    cookie.setMaxAge(maxAge);
    cookie.setHttpOnly(true);
    cookie.setSameSite(SameSite.STRICT);
    cookie.setSecure(secure);
    return cookie;
  }
}
