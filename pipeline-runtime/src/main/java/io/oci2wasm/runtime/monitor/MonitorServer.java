package io.oci2wasm.runtime.monitor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Serves {@code /metrics}, {@code /health/live} and {@code /health/ready} of a worker process. */
public final class MonitorServer implements AutoCloseable {
  private final HttpServer server;

  private MonitorServer(HttpServer server) {
    this.server = server;
  }

  /** Starts serving; port 0 takes any free one. */
  public static MonitorServer start(String host, int port, Monitoring monitoring)
      throws IOException {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 0);
      server.createContext(
          "/metrics",
          exchange -> answer(exchange, 200, Monitoring.CONTENT_TYPE, monitoring.scrape()));
      server.createContext(
          "/health/live",
          exchange -> answer(exchange, 200, "application/json", "{\"status\":\"up\"}"));
      server.createContext(
          "/health/ready", exchange -> answerHealth(exchange, monitoring.health()));
      server.start();
      return new MonitorServer(server);
    } catch (IOException e) {
      throw new IOException("monitor at " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  private static void answerHealth(HttpExchange exchange, Health health) throws IOException {
    answer(
        exchange,
        health.isUp() ? 200 : 503,
        "application/json",
        Json.MAPPER.writeValueAsString(health));
  }

  private static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
