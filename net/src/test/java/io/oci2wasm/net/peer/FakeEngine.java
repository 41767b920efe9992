package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageReader;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.rules.IpAddress;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An engine whose lines a test writes, and the peer that it talks to. */
final class FakeEngine implements AutoCloseable {
  static final int CREDIT = 64 * 1024;
  static final PeerLimits FEW = new PeerLimits(3, 2, 2, CREDIT);

  /** A name that nobody can tell anything about. */
  static final String SILENT = "silent.example";

  /** What a message was; the payload is the test's own. */
  record Heard(int stream, MessageType type, int code, String payload) {
    byte[] bytes() {
      return payload.getBytes(ISO_8859_1);
    }
  }

  final NetPeer peer;
  final PublishedPorts ports;
  final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private final OutputStream toPeer;
  private final InputStream fromPeer;
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();

  FakeEngine(
      NetworkRules rules,
      InputStream stdin,
      Map<String, List<IpAddress>> names,
      PublishedPort... published)
      throws IOException {
    this(rules, stdin, resolverOf(names), published);
  }

  FakeEngine(NetworkRules rules, InputStream stdin, Resolver resolver, PublishedPort... published)
      throws IOException {
    Pipe out = Pipe.open();
    Pipe in = Pipe.open();
    ports = PublishedPorts.take(List.of(published));
    toPeer = Channels.newOutputStream(out.sink());
    fromPeer = Channels.newInputStream(in.source());
    peer =
        new NetPeer(
            Channels.newInputStream(out.source()),
            Channels.newOutputStream(in.sink()),
            new Console(stdin, stdout, stderr),
            ports,
            rules,
            resolver,
            FEW);
    peer.start();
  }

  private static Resolver resolverOf(Map<String, List<IpAddress>> names) {
    return name -> {
      List<IpAddress> known = names.get(name);
      if (name.equals(SILENT)) {
        throw new IOException("no name server answers");
      }
      if (known == null) {
        throw new UnknownHostException(name);
      }
      return known;
    };
  }

  /** One that has said HELLO, and heard the peer's. */
  static FakeEngine ready(NetworkRules rules, PublishedPort... published) throws Exception {
    FakeEngine engine = new FakeEngine(rules, InputStream.nullInputStream(), Map.of(), published);
    engine.begin();
    engine.expect(1, MessageType.END);
    return engine;
  }

  void begin() throws Exception {
    listen();
    send(Message.hello(CREDIT, false));
    assertThat(next().type()).isEqualTo(MessageType.HELLO);
  }

  void listen() {
    Thread thread = new Thread(this::hear, "fake engine");
    thread.setDaemon(true);
    thread.start();
  }

  private void hear() {
    MessageReader reader = new MessageReader();
    byte[] chunk = new byte[100_000];
    try {
      for (int count = fromPeer.read(chunk); count >= 0; count = fromPeer.read(chunk)) {
        reader.read(
            ByteBuffer.wrap(chunk, 0, count),
            message ->
                heard.add(
                    new Heard(
                        message.stream(),
                        message.type(),
                        message.code(),
                        ISO_8859_1.decode(message.payload()).toString())));
      }
    } catch (IOException e) {
      // The test has ended.
    } catch (BrokenRuleException e) {
      throw new IllegalStateException(e);
    }
  }

  void send(byte[] message) throws IOException {
    toPeer.write(message);
    toPeer.flush();
  }

  void send(int stream, MessageType type, String payload) throws IOException {
    send(stream, type, 0, payload);
  }

  void send(int stream, MessageType type, int code, String payload) throws IOException {
    send(Message.encode(stream, type, code, ByteBuffer.wrap(payload.getBytes(ISO_8859_1))));
  }

  void open(int stream, int kind, String address, int port) throws IOException {
    IpAddress to = IpAddress.parse(address).orElseThrow();
    byte[] bytes = to.bytes();
    send(
        Message.encode(
            stream,
            MessageType.OPEN,
            0,
            Message.littleEndian(4 + bytes.length)
                .put((byte) kind)
                .put((byte) (to.isV4() ? 4 : 6))
                .putShort((short) port)
                .put(bytes)
                .flip()));
  }

  void exit(int code) throws IOException {
    send(Message.encode(0, MessageType.EXIT, 0, Message.littleEndian(4).putInt(code).flip()));
  }

  Heard next() throws InterruptedException {
    return Objects.requireNonNull(heard.poll(20, TimeUnit.SECONDS), "the peer says nothing");
  }

  /** The next message must be this one; only credit may come at any time. */
  Heard expect(int stream, MessageType type) throws InterruptedException {
    Heard next = next();
    while (next.type() == MessageType.CREDIT) {
      next = next();
    }
    assertThat(next.stream()).as("stream of %s", next).isEqualTo(stream);
    assertThat(next.type()).as("type of %s", next).isEqualTo(type);
    return next;
  }

  /** The next message must be DATA of this stream; credit for it is given. */
  String data(int stream) throws Exception {
    String bytes = expect(stream, MessageType.DATA).payload();
    send(Message.credit(stream, bytes.length()));
    return bytes;
  }

  /** The next message, or null after so long. */
  @Nullable Heard poll(long millis) throws InterruptedException {
    return heard.poll(millis, TimeUnit.MILLISECONDS);
  }

  void expectSilence(long millis) throws InterruptedException {
    assertThat(heard.poll(millis, TimeUnit.MILLISECONDS)).isNull();
  }

  Socket client(PublishedPort port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), ports.hostPort(port));
  }

  /** A stream from a client that the guest has taken. */
  int taken() throws Exception {
    Heard incoming = next();
    assertThat(incoming.type()).isEqualTo(MessageType.INCOMING);
    send(incoming.stream(), MessageType.OPENED, "");
    return incoming.stream();
  }

  /** Sends until the peer gives no credit any more: bytes wait in it. */
  long fill(int stream) throws Exception {
    String piece = "x".repeat(16 * 1024);
    long sent = 0;
    long leave = CREDIT;
    while (leave >= piece.length()) {
      send(stream, MessageType.DATA, piece);
      sent += piece.length();
      leave -= piece.length();
      for (Heard credit = poll(leave > 0 ? 5 : 300); credit != null; credit = poll(5)) {
        leave += number(credit);
      }
    }
    return sent;
  }

  /** Numbers of a credit. */
  static int number(Heard credit) {
    return ByteBuffer.wrap(credit.bytes()).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  NetPeer.End end() throws IOException, InterruptedException {
    toPeer.close();
    return peer.await();
  }

  @Override
  public void close() throws IOException {
    toPeer.close();
    fromPeer.close();
  }
}
