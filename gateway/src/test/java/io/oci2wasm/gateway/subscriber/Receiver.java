package io.oci2wasm.gateway.subscriber;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A subscriber's server, which answers as it is told. */
final class Receiver implements AutoCloseable {
  private final HttpServer server;
  private final Deque<Reply> replies = new ArrayDeque<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();

  /** An answer; a status of 0 is none at all. */
  record Reply(int status, Map<String, String> headers) {
    static Reply of(int status) {
      return new Reply(status, Map.of());
    }
  }

  /** What was posted. */
  record Received(String path, Map<String, String> headers, String body) {}

  private Receiver(HttpServer server) {
    this.server = server;
  }

  /** Answers with {@code replies}, and with 204 after them. */
  static Receiver start(Reply... replies) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Receiver receiver = new Receiver(server);
    receiver.replies.addAll(List.of(replies));
    server.createContext("/", receiver::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    return receiver;
  }

  URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  List<Received> received() {
    return received;
  }

  private synchronized Reply next() {
    return replies.isEmpty() ? Reply.of(204) : replies.removeFirst();
  }

  private void answer(HttpExchange exchange) throws IOException {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    received.add(new Received(exchange.getRequestURI().getPath(), headers, body));
    Reply reply = next();
    if (reply.status() == 0) {
      return;
    }
    try (exchange) {
      reply.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
      exchange.sendResponseHeaders(reply.status(), -1);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
