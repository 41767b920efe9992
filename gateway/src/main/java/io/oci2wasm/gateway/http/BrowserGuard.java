package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that pages of other sites make a browser send. A page may post anywhere (CSRF;
 * Fetch Standard, "CORS-safelisted"), and a name of its own may lead to loopback, which makes us
 * its own site (DNS rebinding). Registries and commands are no browsers: they send no Origin.
 */
final class BrowserGuard {
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

  /** Names of this machine that no stranger can have: containers call their host by them. */
  private static final Set<String> OWN =
      Set.of("localhost", "host.docker.internal", "host.containers.internal");

  /** Fetch Metadata, "Sec-Fetch-Site": none means that the user asked. */
  private static final Set<String> OUR_SITE = Set.of("same-origin", "none");

  private static final Pattern LOOPBACK =
      Pattern.compile("127(\\.[0-9]{1,3}){3}|\\[::1]|\\[0:0:0:0:0:0:0:1]");

  private static final Pattern NAME = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");

  private final boolean loopback;
  private final Set<String> hosts = new HashSet<>(OWN);

  /**
   * A guard.
   *
   * @param loopback whether no other machine reaches us: who asks for another name was led here
   * @param hosts more names, without ports
   */
  BrowserGuard(boolean loopback, List<String> hosts) {
    this.loopback = loopback;
    hosts.forEach(host -> this.hosts.add(normal(host)));
  }

  /** Whether a request changes nothing (RFC 9110, section 9.2.1). */
  static boolean isReading(Context context) {
    return READING.contains(context.req().getMethod());
  }

  /** Whose page made the request, as the browser tells it; null if it does not. */
  static @Nullable String site(Context context) {
    return context.header("Sec-Fetch-Site");
  }

  /** Whether {@link #site} is our own. */
  static boolean isOurSite(String site) {
    return OUR_SITE.contains(site);
  }

  /** Refuses a request that a page of another site may have caused. */
  void check(Context context) {
    if (loopback) {
      requireOurName(context.header("Host"));
    }
    if (!isReading(context)) {
      requireOurPage(context);
      if (context.path().startsWith("/api/")) {
        requireJson(context);
      }
    }
  }

  private void requireOurName(@Nullable String authority) {
    if (authority == null) {
      return;
    }
    String host = normal(name(authority));
    if (!hosts.contains(host)
        && !host.endsWith(".localhost")
        && !LOOPBACK.matcher(host).matches()) {
      throw new ProblemException(
          HttpStatus.MISDIRECTED_REQUEST,
          String.format(
              "Host: found %s, expected a name of this machine: the gateway listens on"
                  + " loopback; add the name to gateway.hosts if it is yours",
              authority));
    }
  }

  /**
   * The name that a browser calls us by, if a page may be told it as ours.
   *
   * @param ofThisMachine accept no others than names of this machine
   * @return null if there is none, or it is an IPv6 address: policies cannot have these (CSP 3,
   *     "host-source")
   */
  @Nullable String nameOf(Context context, boolean ofThisMachine) {
    String authority = context.header("Host");
    String host = authority == null ? "" : normal(name(authority));
    boolean ours =
        OWN.contains(host) || host.endsWith(".localhost") || LOOPBACK.matcher(host).matches();
    return NAME.matcher(host).matches() && (ours || !ofThisMachine) ? host : null;
  }

  private void requireOurPage(Context context) {
    String site = site(context);
    if (site != null && !isOurSite(site)) {
      throw foreign("Sec-Fetch-Site: " + site);
    }
    String origin = context.header("Origin");
    if (site == null && origin != null && !isOurs(origin, context.header("Host"))) {
      throw foreign("Origin: " + origin);
    }
  }

  private boolean isOurs(String origin, @Nullable String authority) {
    try {
      URI page = URI.create(origin);
      String ours = String.valueOf(page.getAuthority());
      return page.getHost() != null
          && (ours.equalsIgnoreCase(authority)
              || (!OWN.contains(normal(page.getHost())) && hosts.contains(normal(page.getHost()))));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static ProblemException foreign(String found) {
    return new ProblemException(
        HttpStatus.FORBIDDEN,
        String.format(
            "found %s, expected a page of this gateway: other sites' pages may not call"
                + " it; behind a proxy add the name that browsers use to gateway.hosts",
            found));
  }

  /** A form cannot have this type (HTML Living Standard, "form submission"). */
  private static void requireJson(Context context) {
    String type = context.header("Content-Type");
    if (type == null ? hasBody(context) : !isJson(type)) {
      throw new ProblemException(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          String.format(
              "%s: found %s, expected Content-Type: application/json",
              context.path(),
              type == null ? "a body without Content-Type" : "Content-Type: " + type));
    }
  }

  private static boolean hasBody(Context context) {
    return context.header("Transfer-Encoding") != null || context.req().getContentLengthLong() > 0;
  }

  private static boolean isJson(String type) {
    return type.split(";", 2)[0].strip().equalsIgnoreCase("application/json");
  }

  /** Without the port (RFC 9110, section 7.2). */
  private static String name(String authority) {
    int port = authority.lastIndexOf(':');
    return port > authority.lastIndexOf(']') ? authority.substring(0, port) : authority;
  }

  private static String normal(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
