package io.oci2wasm.ingest.source.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP proxy on this machine that leads every name to one server, or nowhere. */
final class ConnectProxy extends ProxySelector implements AutoCloseable {
  /** Where there is no port 0: to be refused. */
  static final int NOWHERE = 0;

  final List<String> asked = new CopyOnWriteArrayList<>();
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int port;

  /**
   * @param port of this machine
   */
  ConnectProxy(int port) throws IOException {
    this.port = port;
    start(this::accept);
  }

  /** What is asked for over TLS goes to the proxy, all else directly. */
  @Override
  public List<Proxy> select(URI uri) {
    return "https".equals(uri.getScheme())
        ? List.of(
            new Proxy(
                Proxy.Type.HTTP,
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort())))
        : List.of(Proxy.NO_PROXY);
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {}

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "connect-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String[] words = head(client.getInputStream()).split(" ", -1);
      asked.add(words[0] + " " + words[1]);
      if (port == NOWHERE) {
        say(client, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      try (Socket there = new Socket(InetAddress.getLoopbackAddress(), port)) {
        say(client, "HTTP/1.1 200 Connected\r\n\r\n");
        start(() -> copy(client, there));
        copy(there, client);
      }
    } catch (IOException e) {
      // One of both has closed.
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      head.write(in.read());
    }
    return head.toString(StandardCharsets.US_ASCII);
  }

  private static void say(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void copy(Socket from, Socket to) {
    try {
      long unused = from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // One of both has closed.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
