package io.oci2wasm.runtime.monitor;

import io.oci2wasm.api.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Serves {@code /metrics}, {@code /health/live} and {@code /health/ready} of a worker process. No
 * connection holds a thread while its request or answer is in transit, so none keeps another
 * waiting.
 */
public final class MonitorServer implements AutoCloseable {
  private static final int THREADS = 8;
  private static final Duration IDLE = Duration.ofSeconds(5);

  /** However busy it is: who sends a byte now and then is gone after it. */
  private static final Duration CONNECTION = Duration.ofSeconds(60);

  private final Server server;
  private final ServerConnector connector;

  private MonitorServer(Server server, ServerConnector connector) {
    this.server = server;
    this.connector = connector;
  }

  /** Starts serving; port 0 takes any free one. */
  public static MonitorServer start(String host, int port, Monitoring monitoring)
      throws IOException {
    QueuedThreadPool threads = new QueuedThreadPool(THREADS, 1);
    threads.setName("monitor");
    threads.setDaemon(true);
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE.toMillis());
    connector.addBean(new TimeLimit(connector));
    server.addConnector(connector);
    server.setHandler(new Answers(monitoring));
    try {
      server.start();
      return new MonitorServer(server, connector);
    } catch (Exception e) {
      stop(server);
      throw new IOException("monitor at " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the monitor's server does not stop", e);
    }
  }

  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    stop(server);
  }

  /** Ends each connection after a while. */
  private record TimeLimit(ServerConnector connector) implements Connection.Listener {
    @Override
    public void onOpened(Connection connection) {
      var unused =
          connector
              .getScheduler()
              .schedule(
                  () -> connection.getEndPoint().close(),
                  CONNECTION.toMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  /** The three pages. */
  private static final class Answers extends Handler.Abstract {
    private final Monitoring monitoring;

    Answers(Monitoring monitoring) {
      this.monitoring = monitoring;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback)
        throws IOException {
      boolean reads = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
      switch (Request.getPathInContext(request)) {
        case "/metrics", "/health/live", "/health/ready" -> {
          if (reads) {
            answer(Request.getPathInContext(request), response, callback);
          } else {
            Response.writeError(request, response, callback, 405);
          }
          return true;
        }
        default -> {
          return false;
        }
      }
    }

    private void answer(String path, Response response, Callback callback) throws IOException {
      switch (path) {
        case "/metrics" ->
            answer(response, callback, 200, Monitoring.CONTENT_TYPE, monitoring.scrape());
        case "/health/live" -> answer(response, callback, monitoring.liveness());
        default -> answer(response, callback, monitoring.readiness());
      }
    }

    private static void answer(Response response, Callback callback, Health health)
        throws IOException {
      answer(
          response,
          callback,
          health.isUp() ? 200 : 503,
          "application/json",
          Json.MAPPER.writeValueAsString(health));
    }

    private static void answer(
        Response response, Callback callback, int status, String type, String body) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      response.setStatus(status);
      response.getHeaders().put(new HttpField(HttpHeader.CONTENT_TYPE, type));
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
      response.write(true, ByteBuffer.wrap(bytes), callback);
    }
  }
}
