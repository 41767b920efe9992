package io.oci2wasm.cli.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Passes bytes on to a server and back, and counts them; may stop at a request. */
final class CountingProxy implements AutoCloseable {
  private static final Pattern REQUEST = Pattern.compile("(GET|HEAD|PUT|POST|DELETE) /");

  private final ServerSocket listener;
  private final URI server;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable Awaited> awaited = new AtomicReference<>();

  private CountingProxy(ServerSocket listener, URI server) {
    this.listener = listener;
    this.server = server;
  }

  static CountingProxy start(URI server) throws IOException {
    CountingProxy proxy =
        new CountingProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), server);
    run(proxy::accept);
    return proxy;
  }

  /** What a thread does. */
  interface Work {
    void run() throws IOException;
  }

  private record Awaited(String request, Work work) {}

  private static void run(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // One of the two has ended the connection, or the test has ended the proxy.
              }
            },
            "counting-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      Socket target = new Socket(server.getHost(), server.getPort());
      open.add(client);
      open.add(target);
      run(() -> pass(client, target));
      run(() -> pass(target, client));
    }
  }

  private void pass(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 << 10];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        bytes.addAndGet(count);
        String passing = new String(buffer, 0, count, StandardCharsets.ISO_8859_1);
        if (REQUEST.matcher(passing).lookingAt()) {
          requests.incrementAndGet();
        }
        stopAt(passing);
        out.write(buffer, 0, count);
      }
    }
  }

  private void stopAt(String passing) throws IOException {
    Awaited next = awaited.get();
    if (next != null && passing.startsWith(next.request) && awaited.compareAndSet(next, null)) {
      next.work.run();
    }
  }

  /** Does {@code work} once, before it passes on a request that begins like this. */
  void before(String request, Work work) {
    awaited.set(new Awaited(request, work));
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** How many went either way, with HTTP's headers. */
  long bytes() {
    return bytes.get();
  }

  /** How many requests began. */
  long requests() {
    return requests.get();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
