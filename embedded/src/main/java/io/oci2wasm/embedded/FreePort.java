package io.oci2wasm.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that have to know theirs before they listen: a broker puts its own into what it
 * tells clients. They lie below those that Linux gives to outgoing connections, which could take
 * one before its server does.
 */
public final class FreePort {
  private static final int FIRST = 10_000;
  private static final int END = 32_768;
  private static final int TRIES = 100;

  private static final Set<Integer> given = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /** A port of 127.0.0.1 on which nothing listens; another one with each call. */
  public static int find() throws IOException {
    return find(0);
  }

  /** The same, and another port than the given one, which may be free as well. */
  static int find(int except) throws IOException {
    IOException last = new IOException("none was tried");
    for (int tries = 0; tries < TRIES; tries++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      if (port == except || !given.add(port)) {
        continue;
      }
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        last = taken;
      }
    }
    throw new IOException(
        "no free port of 127.0.0.1 between %d and %d in %d tries".formatted(FIRST, END - 1, TRIES),
        last);
  }
}
