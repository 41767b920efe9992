package io.oci2wasm.gateway.http;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.http.staticfiles.Location;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The dashboard: files of this program that anyone may have; what they show comes from the API. */
final class Pages {
  private static final String RESOURCES = "/io/oci2wasm/gateway/pages";

  private static final Map<String, String> HEADERS =
      Map.of(
          "X-Content-Type-Options", "nosniff",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Cross-Origin-Resource-Policy", "same-origin",
          // After an update of the gateway nobody runs half of the old page.
          "Cache-Control", "no-cache");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** A bundle is compiled from the API's answer, in a worker; xterm.js writes its own styles. */
  private static final String RUN_POLICY =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline';"
          + " img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none';"
          + " form-action 'none'; frame-ancestors 'none'; frame-src ";

  private Pages() {}

  /**
   * Adds the pages.
   *
   * @param site where the browser that asks finds containers' web sites; null if nowhere
   */
  static void add(JavalinConfig javalin, Function<Context, @Nullable String> site) {
    folder(javalin, "/dashboard", Map.of("Content-Security-Policy", POLICY));
    // Isolated, so that the page and the worker a bundle runs in can share memory.
    folder(javalin, "/run", Map.of("Cross-Origin-Embedder-Policy", "require-corp"));
    javalin.routes.before(
        "/run/*",
        context -> {
          String origin = site.apply(context);
          // Without its scheme, which is then this page's.
          String frames = origin == null ? "'none'" : origin.replaceFirst("^https?://", "");
          context.header("Content-Security-Policy", RUN_POLICY + frames);
        });
    javalin.routes.get(
        "/run/site.json",
        context ->
            context
                .header("Cache-Control", "no-store")
                .contentType("application/json")
                .result(Problem.json(new Site(site.apply(context)))));
    javalin.routes.get("/", context -> context.redirect("/dashboard/", HttpStatus.FOUND));
  }

  /** What the Run page has to know; nothing if there is no frame for it. */
  private record Site(@Nullable String origin) {}

  private static void folder(JavalinConfig javalin, String path, Map<String, String> more) {
    javalin.staticFiles.add(
        files -> {
          files.hostedPath = path;
          files.directory = RESOURCES + path;
          files.location = Location.CLASSPATH;
          files.headers = new HashMap<>(HEADERS);
          files.headers.putAll(more);
          files.mimeTypes.add("text/javascript", "js", "mjs");
        });
  }
}
