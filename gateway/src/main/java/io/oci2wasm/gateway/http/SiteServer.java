package io.oci2wasm.gateway.http;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.util.JavalinBindException;
import io.oci2wasm.gateway.GatewayConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The origin of containers' web sites in the Run page: a port of its own, so that what a container
 * serves never runs in the origin where the token is. It has one small page and its scripts; the
 * rest of a site comes from the container, by their ServiceWorker.
 */
final class SiteServer implements AutoCloseable {
  /** The sites have all other paths. */
  private static final String FOLDER = "/.oci2wasm/";

  private static final String RESOURCES = "/io/oci2wasm/gateway/pages/";
  private static final String PAGE = "site/index.html";

  private static final Map<String, String> SCRIPTS =
      Map.of(
          "connector.mjs", "site/connector.mjs",
          "worker.mjs", "site/worker.mjs",
          "http.mjs", "site/http.mjs",
          "wire.mjs", "run/net/wire.mjs");

  private static final int THREADS = 16;

  private final Javalin javalin;
  private final GatewayConfig config;
  private final BrowserGuard guard;

  private SiteServer(GatewayConfig config, BrowserGuard guard, IntSupplier gatewayPort) {
    this.config = config;
    this.guard = guard;
    QueuedThreadPool threads = new QueuedThreadPool(THREADS);
    threads.setName("site");
    this.javalin =
        Javalin.create(
            javalinConfig -> {
              GatewayServer.transport(javalinConfig, config, port(config), threads);
              javalinConfig.routes.before(guard::check);
              javalinConfig.routes.before(context -> headers(context, gatewayPort.getAsInt()));
              javalinConfig.routes.get(FOLDER, context -> page(context, gatewayPort.getAsInt()));
              SCRIPTS.forEach(
                  (name, resource) ->
                      javalinConfig.routes.get(
                          FOLDER + name,
                          context ->
                              context.contentType("text/javascript").result(read(resource))));
              javalinConfig.routes.error(
                  HttpStatus.NOT_FOUND,
                  context ->
                      context
                          .contentType("text/plain")
                          .result(
                              "Here are sites of containers, only in the dashboard's Run page.\n"));
              GatewayServer.problems(javalinConfig.routes);
            });
  }

  /**
   * Starts serving, where it is wanted.
   *
   * @param gatewayPort the gateway's own port, asked for when a browser comes
   * @return null if there is to be none
   * @throws IOException if the port is taken
   */
  static @Nullable SiteServer start(
      GatewayConfig config, BrowserGuard guard, IntSupplier gatewayPort) throws IOException {
    if (config.site().port() == null && !config.listensOnLoopback()) {
      return null;
    }
    SiteServer server = new SiteServer(config, guard, gatewayPort);
    try {
      server.javalin.start(config.host(), port(config));
      return server;
    } catch (JavalinBindException e) {
      server.close();
      throw new IOException(
          String.format(
              "gateway.site: cannot listen on %s:%s (%s); choose another port, 0 takes any",
              config.host(), port(config), e.getMessage()),
          e);
    }
  }

  private static int port(GatewayConfig config) {
    return Objects.requireNonNullElse(config.site().port(), 0);
  }

  int port() {
    return javalin.port();
  }

  /** The sites' origin for a browser that has asked the gateway; null if it has no way to it. */
  @Nullable String originFor(Context ofGateway) {
    String configured = config.site().urlOrigin();
    return configured != null ? configured : sibling(ofGateway, port());
  }

  private @Nullable String sibling(Context context, int port) {
    String name = guard.nameOf(context, config.site().port() == null);
    if (name == null) {
      return null;
    }
    return (config.tls().configured() ? "https://" : "http://") + name + ":" + port;
  }

  private void headers(Context context, int gatewayPort) {
    String gateway = gatewayFor(context, gatewayPort);
    context.header(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; worker-src 'self'; base-uri 'none'; form-action"
            + " 'none'; frame-ancestors "
            + (gateway == null ? "'none'" : gateway));
    context.header("X-Content-Type-Options", "nosniff");
    context.header("Referrer-Policy", "no-referrer");
    context.header("Cross-Origin-Embedder-Policy", "require-corp");
    // The Run page's frame is of another origin.
    context.header("Cross-Origin-Resource-Policy", "cross-origin");
    context.header("Cache-Control", "no-cache");
    if (context.path().startsWith(FOLDER)) {
      context.header("Service-Worker-Allowed", "/");
    }
  }

  private @Nullable String gatewayFor(Context context, int gatewayPort) {
    String configured = config.site().dashboardOrigin();
    return configured != null ? configured : sibling(context, gatewayPort);
  }

  private void page(Context context, int gatewayPort) throws IOException {
    String gateway = String.valueOf(gatewayFor(context, gatewayPort));
    context
        .contentType("text/html")
        .result(
            new String(read(PAGE), StandardCharsets.UTF_8)
                .replace("content=\"GATEWAY\"", "content=\"" + gateway + "\""));
  }

  private static byte[] read(String resource) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(SiteServer.class.getResourceAsStream(RESOURCES + resource))) {
      return in.readAllBytes();
    }
  }

  @Override
  public void close() {
    javalin.stop();
  }
}
