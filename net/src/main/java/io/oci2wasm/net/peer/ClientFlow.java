package io.oci2wasm.net.peer;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** A client of a published UDP port. */
final class ClientFlow extends PeerStream {
  private final UdpPort port;
  private final DatagramChannel channel;
  private final SocketAddress client;

  ClientFlow(
      int id, EngineSide engine, UdpPort port, DatagramChannel channel, SocketAddress client) {
    super(id, engine);
    this.port = port;
    this.channel = channel;
    this.client = client;
  }

  SocketAddress client() {
    return client;
  }

  @Override
  void data(ByteBuffer bytes) {
    try {
      channel.send(bytes, client);
    } catch (IOException e) {
      // As on any network: the datagram is lost.
    }
  }

  @Override
  void reset() {
    port.forget(this);
  }

  @Override
  void close() {}
}
