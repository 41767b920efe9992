package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import io.oci2wasm.net.rules.IpAddress;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** The streams of one guest, and how many sockets they have. */
final class StreamTable {
  private static final int FIRST_ID = 5;
  private static final int TCP = 1;
  private static final int UDP = 2;

  /** How long clients wait when the host could not accept one, as it has no descriptor left. */
  private static final long ACCEPT_PAUSE_NANOS = 200_000_000;

  private final EngineSide engine;
  private final Selector selector;
  private final NetworkRules rules;
  private final PeerLimits limits;
  private final Consumer<String> complaints;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(Message.MOST_PAYLOAD_BYTES);
  private final Map<Integer, PeerStream> streams = new HashMap<>();
  private final List<TcpPort> ports = new ArrayList<>();
  private long creditOfEngine;
  private int nextId = FIRST_ID;
  private int connections;
  private int flows;

  /** Until when no client is accepted, as the host could not. */
  private OptionalLong acceptAtNanos = OptionalLong.empty();

  private boolean complained;

  /**
   * No streams yet.
   *
   * @param complaints gets a line when clients cannot be accepted, once
   */
  StreamTable(
      EngineSide engine,
      Selector selector,
      NetworkRules rules,
      PeerLimits limits,
      Consumer<String> complaints) {
    this.engine = engine;
    this.selector = selector;
    this.rules = rules;
    this.limits = limits;
    this.complaints = complaints;
  }

  EngineSide engine() {
    return engine;
  }

  /** An empty buffer for {@code bytes}, until the next call. */
  ByteBuffer buffer(long bytes) {
    return buffer.clear().limit((int) bytes);
  }

  /** The engine has said HELLO: clients may come. */
  void begin(int creditOfEngine, PublishedPorts published) throws IOException {
    this.creditOfEngine = creditOfEngine;
    for (Map.Entry<PublishedPort, SelectableChannel> one : published.channels().entrySet()) {
      int guestPort = one.getKey().guestPort();
      if (one.getValue() instanceof ServerSocketChannel server) {
        ports.add(new TcpPort(this, selector, server, guestPort));
      } else if (one.getValue() instanceof DatagramChannel datagrams) {
        new UdpPort(this, selector, datagrams, guestPort);
      }
    }
  }

  /** One that exists without being opened. */
  void add(PeerStream stream) {
    streams.put(stream.id, stream);
  }

  /** Empty if the stream is over. */
  Optional<PeerStream> find(int id) {
    return Optional.ofNullable(streams.get(id));
  }

  /** A number that no stream has. */
  int nextId() {
    do {
      nextId = nextId == Integer.MAX_VALUE ? FIRST_ID : nextId + 1;
    } while (streams.containsKey(nextId));
    return nextId;
  }

  void incoming(SocketChannel client, int guestPort) throws IOException {
    connections++;
    try {
      InetSocketAddress from = (InetSocketAddress) client.getRemoteAddress();
      int id = nextId();
      add(new TcpStream(id, this, selector, client, false, creditOfEngine, limits.credit()));
      announce(id, TCP, guestPort, from);
    } catch (IOException e) {
      closeTcp(client);
      throw e;
    }
    acceptWhileRoom();
  }

  private void announce(int id, int kind, int guestPort, InetSocketAddress from) {
    IpAddress address = IpAddress.of(from.getAddress());
    byte[] bytes = address.bytes();
    ByteBuffer payload =
        Message.littleEndian(6 + bytes.length)
            .put((byte) kind)
            .put((byte) (address.isV4() ? 4 : 6))
            .putShort((short) guestPort)
            .put(bytes)
            .putShort((short) from.getPort());
    engine.send(Message.encode(id, MessageType.INCOMING, 0, payload.flip()));
  }

  /** The guest connects, or has its first datagram for somebody. */
  void open(Message message) throws BrokenRuleException {
    int id = message.stream();
    ByteBuffer payload = message.payload();
    if (id >= 0 || streams.containsKey(id) || payload.remaining() < 4) {
      throw new BrokenRuleException(
          "found OPEN of stream "
              + Integer.toUnsignedString(id)
              + " with "
              + payload.remaining()
              + " bytes, expected a new stream of the engine's");
    }
    int kind = payload.get();
    int family = payload.get();
    int port = payload.getShort() & 0xffff;
    if ((kind != TCP && kind != UDP) || (family != 4 && family != 6)) {
      throw new BrokenRuleException("found OPEN of kind " + kind + " and family " + family);
    }
    byte[] bytes = new byte[family == 4 ? 4 : 16];
    message.expectBytes(bytes.length);
    payload.get(bytes);
    Optional<InetSocketAddress> target = rules.target(IpAddress.of(bytes), port, System.nanoTime());
    if (target.isEmpty()) {
      engine.reset(id, Reason.DENIED);
    } else if (kind == TCP ? connections >= limits.streams() : !roomForFlow()) {
      engine.reset(id, Reason.LIMIT);
    } else if (kind == TCP) {
      connect(id, target.get());
    } else {
      openFlow(id, target.get());
    }
  }

  private void connect(int id, InetSocketAddress target) {
    SocketChannel channel;
    try {
      channel = TcpStream.connect(target);
    } catch (IOException e) {
      engine.reset(id, TcpStream.reasonOf(e, 0));
      return;
    }
    connections++;
    acceptWhileRoom();
    try {
      add(new TcpStream(id, this, selector, channel, true, creditOfEngine, limits.credit()));
    } catch (IOException e) {
      engine.reset(id, Reason.BROKEN);
      closeTcp(channel);
    }
  }

  private void openFlow(int id, InetSocketAddress target) {
    try {
      add(new UdpFlow(id, this, selector, target));
      flows++;
    } catch (IOException e) {
      engine.reset(id, Reason.UNREACHABLE);
    }
  }

  boolean roomForFlow() {
    return flows < limits.flows();
  }

  void addClientFlow(ClientFlow flow, int guestPort, InetSocketAddress client) {
    flows++;
    add(flow);
    announce(flow.id, UDP, guestPort, client);
  }

  void endClientFlow(ClientFlow flow) {
    flows--;
    over(flow);
  }

  /**
   * Messages for {@code stream} mean nothing any more. Its socket may still have bytes to write.
   */
  void over(PeerStream stream) {
    streams.remove(stream.id, stream);
  }

  void closeTcp(SocketChannel channel) {
    if (channel.isOpen()) {
      connections--;
      acceptWhileRoom();
      close(channel);
    }
  }

  void closeUdp(DatagramChannel channel) {
    if (channel.isOpen()) {
      flows--;
      close(channel);
    }
  }

  private static void close(SelectableChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // There is nothing left of it to close.
    }
  }

  private void acceptWhileRoom() {
    boolean room = connections < limits.streams() && acceptAtNanos.isEmpty();
    ports.forEach(port -> port.accept(room));
  }

  /** Accepting has failed: not the client's fault, so that the next try would fail at once, too. */
  void acceptLater(IOException failure) {
    acceptAtNanos = OptionalLong.of(System.nanoTime() + ACCEPT_PAUSE_NANOS);
    acceptWhileRoom();
    if (!complained) {
      complained = true;
      complaints.accept(
          "a client waits, as it cannot be accepted: "
              + failure.getMessage()
              + "; allow more open files with ulimit -n");
    }
  }

  /** Accepts again when it is time; gives what is left of the pause, 0 if there is none. */
  long acceptWhenDue() {
    if (acceptAtNanos.isEmpty()) {
      return 0;
    }
    long leftMillis = (acceptAtNanos.getAsLong() - System.nanoTime()) / 1_000_000;
    if (leftMillis > 0) {
      return leftMillis;
    }
    acceptAtNanos = OptionalLong.empty();
    acceptWhileRoom();
    return 0;
  }

  /** The connection to the engine is over. */
  void closeAll() {
    List.copyOf(streams.values()).forEach(PeerStream::close);
  }

  /** The engine has room again. */
  void update() {
    streams.values().forEach(PeerStream::update);
  }
}
