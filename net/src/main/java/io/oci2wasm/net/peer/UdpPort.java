package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.Map;

/** A published UDP port, and its clients. */
final class UdpPort implements Ready {
  private final StreamTable table;
  private final DatagramChannel channel;
  private final int guestPort;
  private final Map<SocketAddress, ClientFlow> clients = new HashMap<>();

  UdpPort(StreamTable table, Selector selector, DatagramChannel channel, int guestPort)
      throws IOException {
    this.table = table;
    this.channel = channel;
    this.guestPort = guestPort;
    channel.register(selector, SelectionKey.OP_READ, this);
  }

  @Override
  public void ready() throws IOException {
    ByteBuffer buffer = table.buffer(Message.MOST_PAYLOAD_BYTES);
    SocketAddress from = channel.receive(buffer);
    if (!(from instanceof InetSocketAddress client) || table.engine().isFull()) {
      return;
    }
    ClientFlow flow = clients.get(client);
    if (flow == null) {
      if (!table.roomForFlow()) {
        return;
      }
      flow = new ClientFlow(table.nextId(), table.engine(), this, channel, client);
      clients.put(client, flow);
      table.addClientFlow(flow, guestPort, client);
    }
    table.engine().data(flow.id, buffer.flip());
  }

  void forget(ClientFlow flow) {
    clients.remove(flow.client());
    table.endClientFlow(flow);
  }
}
