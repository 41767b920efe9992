package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
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
    context.cookie(
        cookie(
            context,
            Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(token.getBytes(StandardCharsets.UTF_8)),
            -1));
  }

  /** Lets the browser forget it. */
  static void remove(Context context) {
    context.cookie(cookie(context, "", 0));
  }

  private static Cookie cookie(Context context, String value, int maxAge) {
    Cookie cookie = new Cookie(NAME, value);
    cookie.setPath(PATH);
    cookie.setMaxAge(maxAge);
    cookie.setHttpOnly(true);
    cookie.setSameSite(SameSite.STRICT);
    cookie.setSecure(context.scheme().equals("https"));
    return cookie;
  }
}
