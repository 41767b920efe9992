package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.Reason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.UnsupportedAddressTypeException;

/** A port of the guest and a remote address. Datagrams that nobody has room for are dropped. */
final class UdpFlow extends PeerStream {
  private final StreamTable table;
  private final DatagramChannel channel;

  UdpFlow(int id, StreamTable table, Selector selector, InetSocketAddress target)
      throws IOException {
    super(id, table.engine());
    this.table = table;
    channel = DatagramChannel.open();
    try {
      channel.configureBlocking(false);
      channel.connect(target);
      channel.register(selector, SelectionKey.OP_READ, this);
    } catch (UnsupportedAddressTypeException e) {
      channel.close();
      throw new NoIpv6Exception(e);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  void data(ByteBuffer bytes) {
    try {
      channel.write(bytes);
    } catch (IOException e) {
      failed(e);
    }
  }

  @Override
  void ready() {
    try {
      ByteBuffer buffer = table.buffer(Message.MOST_PAYLOAD_BYTES);
      if (channel.read(buffer) >= 0 && !engine.isFull()) {
        engine.data(id, buffer.flip());
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  /** Nobody is there now; a datagram may also just be too long. */
  private void failed(IOException e) {
    if (e instanceof PortUnreachableException) {
      engine.reset(id, Reason.REFUSED);
      reset();
    }
  }

  @Override
  void reset() {
    close();
    table.over(this);
  }

  @Override
  void close() {
    table.closeUdp(channel);
  }
}
