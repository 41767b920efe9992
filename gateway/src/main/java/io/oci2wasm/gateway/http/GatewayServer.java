package io.oci2wasm.gateway.http;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.util.JavalinBindException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.Connections;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.identity.oidc.Identities;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.runtime.LogKeys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway's HTTP server. */
public final class GatewayServer implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(GatewayServer.class);

  private static final Pattern WEBHOOK_SECRET = Pattern.compile("^(/+webhooks/+[^/]*)/.*");

  final Javalin javalin;
  private final Bodies bodies;
  private final @Nullable SiteServer site;

  private GatewayServer(Javalin javalin, Bodies bodies, @Nullable SiteServer site) {
    this.javalin = javalin;
    this.bodies = bodies;
    this.site = site;
  }

  /**
   * Starts serving.
   *
   * @throws IOException if a port is taken
   */
  public static GatewayServer start(
      GatewayConfig config,
      Senders senders,
      Identities identities,
      Connections connections,
      Services services)
      throws IOException {
    QueuedThreadPool threads = new QueuedThreadPool(RequestLimit.THREADS);
    threads.setName("http");
    Bodies bodies = new Bodies(config.bodies(), config.bodyLimit().bytes(), threads);
    BrowserGuard guard = new BrowserGuard(config.listensOnLoopback(), names(config));
    GatewayRoutes routes =
        new GatewayRoutes(config, senders, identities, connections, services, bodies);
    AtomicInteger port = new AtomicInteger();
    SiteServer site = null;
    boolean started = false;
    try {
      SiteServer frames = SiteServer.start(config, guard, port::get);
      site = frames;
      Javalin javalin =
          Javalin.create(
              javalinConfig -> {
                settings(javalinConfig, config, threads);
                Pages.add(
                    javalinConfig, context -> frames == null ? null : frames.originFor(context));
                routes.add(javalinConfig.routes, guard);
                javalinConfig.events.serverStopping(services.live().feed()::close);
                problems(javalinConfig.routes);
              });
      javalin.start(config.host(), config.port());
      port.set(javalin.port());
      started = true;
      return new GatewayServer(javalin, bodies, site);
    } catch (JavalinBindException e) {
      throw new IOException(
          String.format(
              "gateway: cannot listen on %s:%s (%s); choose another port, 0 takes any",
              config.host(), config.port(), e.getMessage()),
          e);
    } finally {
      if (!started) {
        bodies.close();
        if (site != null) {
          site.close();
        }
      }
    }
  }

  /** What the gateway is called, beside the names of this machine. */
  private static List<String> names(GatewayConfig config) {
    List<String> names = new ArrayList<>(config.hosts());
    names.add(config.host());
    return names;
  }

  private static void settings(
      JavalinConfig javalin, GatewayConfig config, QueuedThreadPool threads) {
    javalin.jetty.modifyServer(server -> server.setHandler(new RequestLimit()));
    javalin.http.maxRequestSize = config.bodyLimit().bytes();
    transport(javalin, config, config.port(), threads);
  }

  /** How a port of the gateway is served. */
  static void transport(
      JavalinConfig javalin, GatewayConfig config, int port, QueuedThreadPool threads) {
    javalin.jetty.threadPool = threads;
    javalin.startup.showJavalinBanner = false;
    javalin.startup.showOldJavalinVersionWarning = false;
    // Modules are large, and callers check their length and digest.
    javalin.http.compressionStrategy = CompressionStrategy.NONE;
    if (config.tls().configured()) {
      SSLContext context = ServerCertificate.load(config.tls());
      javalin.jetty.addConnector(
          (server, http) -> secure(server, http, context, config.host(), port));
    }
  }

  private static Connector secure(
      Server server, HttpConfiguration http, SSLContext context, String host, int port) {
    HttpConfiguration https = new HttpConfiguration(http);
    // Callers come by address and by any name; the certificate is theirs to judge.
    https.addCustomizer(new SecureRequestCustomizer(false));
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setSslContext(context);
    ServerConnector connector = new ServerConnector(server, tls, new HttpConnectionFactory(https));
    connector.setHost(host);
    connector.setPort(port);
    return connector;
  }

  static void problems(RoutesConfig routes) {
    routes.exception(ProblemException.class, (e, context) -> e.problem().answer(context));
    routes.exception(
        HttpResponseException.class,
        (e, context) ->
            Problem.of(
                    HttpStatus.forStatus(e.getStatus()), path(context) + ": " + reason(e, context))
                .answer(context));
    routes.exception(
        UnavailableException.class,
        (e, context) -> {
          LOGGER
              .atWarn()
              .addKeyValue(LogKeys.ERROR, e.getMessage())
              .log("An answer needs something that is unavailable");
          Problem.of(
                  HttpStatus.SERVICE_UNAVAILABLE,
                  path(context) + ": something it needs does not answer; try again")
              .answer(context);
        });
    routes.exception(
        Exception.class,
        (e, context) -> {
          LOGGER.atError().setCause(e).addKeyValue("path", path(context)).log("A defect");
          Problem.of(
                  HttpStatus.INTERNAL_SERVER_ERROR,
                  path(context) + ": found a defect of ours; the gateway's log has it in full")
              .answer(context);
        });
  }

  /** The path without what may be a webhook's secret. */
  static String path(Context context) {
    return WEBHOOK_SECRET.matcher(context.path()).replaceFirst("$1/…");
  }

  /** Why a request ends so; Javalin's words may repeat the path. */
  private static String reason(HttpResponseException e, Context context) {
    return String.valueOf(e.getMessage()).replace(context.path(), path(context));
  }

  public int port() {
    return javalin.port();
  }

  /** The port of containers' sites; 0 if there is none. */
  int sitePort() {
    return site == null ? 0 : site.port();
  }

  @Override
  public void close() {
    javalin.stop();
    if (site != null) {
      site.close();
    }
    bodies.close();
  }
}
