package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;

/**
 * A TCP connection. Bytes for a slow reader wait in it, at most as many as the engine had leave.
 */
final class TcpStream extends PeerStream {
  /** What one look at a socket reads or writes. */
  private static final int PIECE_BYTES = 32 * 1024;

  /** Refusals come at once; what takes as long as this has timed out. */
  private static final long SILENCE_NANOS = 10_000_000_000L;

  private final SocketChannel channel;
  private final SelectionKey key;
  private final StreamTable table;
  private final ByteQueue toSocket = new ByteQueue();
  private final int creditOfPeer;
  private final long begunNanos = System.nanoTime();

  private boolean connecting;
  private boolean openedByGuest;

  /** Bytes that the engine may still send. */
  private int leave;

  /** Bytes that the socket has taken and the engine has no credit for yet. */
  private int owed;

  /** Bytes that may still be sent to the engine. */
  private long credit;

  private boolean engineEnded;
  private boolean socketEnded;
  private boolean shutDown;

  /**
   * A connection that is made ({@code connecting}) or was accepted.
   *
   * @param credit what the engine takes at first
   * @param leave what the engine may send at first
   */
  TcpStream(
      int id,
      StreamTable table,
      Selector selector,
      SocketChannel channel,
      boolean connecting,
      long credit,
      int leave)
      throws IOException {
    super(id, table.engine());
    this.table = table;
    this.channel = channel;
    this.connecting = connecting;
    this.credit = credit;
    this.leave = leave;
    this.creditOfPeer = leave;
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    this.key = channel.register(selector, 0, this);
    if (connecting && channel.isConnected()) {
      connected();
    } else {
      update();
    }
  }

  private void connected() {
    connecting = false;
    engine.send(id, MessageType.OPENED);
    update();
  }

  /** Begins to connect. */
  static SocketChannel connect(InetSocketAddress target) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.connect(target);
      return channel;
    } catch (UnsupportedAddressTypeException e) {
      channel.close();
      throw new NoIpv6Exception(e);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** What {@code failure} of {@link #connect} comes to. */
  static Reason reasonOf(IOException failure, long nanos) {
    if (failure instanceof ConnectException) {
      return nanos < SILENCE_NANOS ? Reason.REFUSED : Reason.TIMED_OUT;
    }
    return failure instanceof SocketException ? Reason.UNREACHABLE : Reason.BROKEN;
  }

  @Override
  void opened() throws BrokenRuleException {
    if (openedByGuest || !isIncoming()) {
      throw unexpected(MessageType.OPENED);
    }
    openedByGuest = true;
  }

  private boolean isIncoming() {
    return id > 0;
  }

  private boolean isOpen() {
    return isIncoming() ? openedByGuest : !connecting;
  }

  @Override
  void data(ByteBuffer bytes) throws BrokenRuleException {
    int count = bytes.remaining();
    if (engineEnded || !isOpen() || count == 0) {
      throw unexpected(MessageType.DATA);
    }
    if (count > leave) {
      throw new BrokenRuleException(
          String.format(
              "found %d bytes for stream %s, expected at most its credit of %d",
              count, Integer.toUnsignedString(id), leave));
    }
    leave -= count;
    try {
      if (toSocket.isEmpty()) {
        taken(channel.write(bytes));
      }
      toSocket.add(bytes);
      update();
    } catch (IOException e) {
      breakOff();
    }
  }

  /** Gives credit for what the socket took, not for each byte alone. */
  private void taken(int count) {
    owed += count;
    if (owed >= creditOfPeer / 4 && !engineEnded) {
      leave += owed;
      engine.send(Message.credit(id, owed));
      owed = 0;
    }
  }

  @Override
  void credit(int count) throws BrokenRuleException {
    credit = plus(credit, count);
    update();
  }

  @Override
  void end() throws BrokenRuleException {
    if (engineEnded || !isOpen()) {
      throw unexpected(MessageType.END);
    }
    engineEnded = true;
    try {
      finish();
    } catch (IOException e) {
      breakOff();
    }
  }

  /** After the engine's last byte: tells the socket, and lets go of it when both sides are done. */
  private void finish() throws IOException {
    if (engineEnded && socketEnded) {
      table.over(this);
    }
    if (engineEnded && toSocket.isEmpty() && !shutDown) {
      shutDown = true;
      channel.shutdownOutput();
    }
    if (shutDown && socketEnded) {
      close();
    } else {
      update();
    }
  }

  @Override
  void reset() {
    abort();
    table.over(this);
  }

  @Override
  void ready() {
    try {
      if (connecting) {
        finishConnecting();
        return;
      }
      if (key.isWritable()) {
        int count = channel.write(toSocket.first(PIECE_BYTES));
        toSocket.remove(count);
        taken(count);
        finish();
      }
      if (key.isValid() && key.isReadable() && !socketEnded) {
        if (engine.isFull()) { // filled by others of this round
          update();
        } else {
          read();
        }
      }
    } catch (IOException e) {
      breakOff();
    }
  }

  private void finishConnecting() {
    try {
      channel.finishConnect();
      connected();
    } catch (IOException e) {
      engine.reset(id, reasonOf(e, System.nanoTime() - begunNanos));
      close();
      table.over(this);
    }
  }

  private void read() throws IOException {
    ByteBuffer buffer = table.buffer(Math.min(PIECE_BYTES, credit));
    int count = channel.read(buffer);
    if (count < 0) {
      socketEnded = true;
      engine.send(id, MessageType.END);
      finish();
    } else if (count > 0) {
      credit -= count;
      engine.data(id, buffer.flip());
      update();
    }
  }

  @Override
  void update() {
    if (!key.isValid()) {
      return;
    }
    int wanted = connecting ? SelectionKey.OP_CONNECT : 0;
    if (!connecting && !socketEnded && credit > 0 && !engine.isFull()) {
      wanted |= SelectionKey.OP_READ;
    }
    if (!toSocket.isEmpty()) {
      wanted |= SelectionKey.OP_WRITE;
    }
    key.interestOps(wanted);
  }

  /** The socket has failed. */
  private void breakOff() {
    if (!(engineEnded && socketEnded)) {
      engine.reset(id, Reason.BROKEN);
    }
    abort();
    table.over(this);
  }

  private void abort() {
    try {
      // So that the other end learns it by RST, as from the guest itself.
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // It is closed already, by the other end.
    }
    close();
  }

  @Override
  void close() {
    table.closeTcp(channel);
  }
}
