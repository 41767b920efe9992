package io.oci2wasm.net.peer;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A published TCP port. While there is no room for another stream, clients wait in its backlog. */
final class TcpPort implements Ready {
  private final StreamTable table;
  private final ServerSocketChannel channel;
  private final int guestPort;
  private final SelectionKey key;

  TcpPort(StreamTable table, Selector selector, ServerSocketChannel channel, int guestPort)
      throws IOException {
    this.table = table;
    this.channel = channel;
    this.guestPort = guestPort;
    this.key = channel.register(selector, SelectionKey.OP_ACCEPT, this);
  }

  @Override
  public void ready() throws IOException {
    SocketChannel client;
    try {
      client = channel.accept();
    } catch (IOException e) {
      // The client stays in the backlog, and would be ready again at once.
      table.acceptLater(e);
      return;
    }
    if (client != null) {
      client.configureBlocking(false);
      table.incoming(client, guestPort);
    }
  }

  void accept(boolean wanted) {
    if (key.isValid()) {
      key.interestOps(wanted ? SelectionKey.OP_ACCEPT : 0);
    }
  }
}
