package io.oci2wasm.net.peer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** Asks name servers for records: by UDP, and by TCP for what is too long for it. */
final class DnsClient implements RecordSource {
  private static final int MOST_DATAGRAM_BYTES = 65_535;
  private static final List<Integer> PATIENCES_MILLIS = List.of(1000, 2000, 4000);

  private final List<InetSocketAddress> servers;
  private final SecureRandom random = new SecureRandom();

  /** One that asks {@code servers}, one after the other if one does not answer. */
  DnsClient(List<InetSocketAddress> servers) {
    this.servers = List.copyOf(servers);
  }

  @Override
  public DnsRecords ask(String name, int type) throws IOException {
    IOException failure = new IOException("found no name server");
    for (int patienceMillis : PATIENCES_MILLIS) {
      for (InetSocketAddress server : servers) {
        byte[] question = DnsMessages.question(random.nextInt(1 << 16), name, type);
        try {
          Optional<DnsRecords> found = byDatagram(server, question, patienceMillis);
          return found.isPresent() ? found.get() : byStream(server, question, patienceMillis);
        } catch (IOException e) {
          failure = e;
        }
      }
    }
    throw new IOException("asking name servers for " + name + ": " + failure.getMessage(), failure);
  }

  private static Optional<DnsRecords> byDatagram(
      InetSocketAddress server, byte[] question, int patienceMillis) throws IOException {
    long until = System.nanoTime() + patienceMillis * 1_000_000L;
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server); // nobody else is heard
      socket.send(new DatagramPacket(question, question.length));
      DatagramPacket packet =
          new DatagramPacket(new byte[MOST_DATAGRAM_BYTES], MOST_DATAGRAM_BYTES);
      while (true) {
        socket.setSoTimeout(leftMillis(until));
        packet.setLength(MOST_DATAGRAM_BYTES);
        socket.receive(packet);
        ByteBuffer message = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
        if (DnsMessages.answers(question, message)) {
          return DnsMessages.read(question, message);
        }
      }
    }
  }

  private static DnsRecords byStream(InetSocketAddress server, byte[] question, int patienceMillis)
      throws IOException {
    long until = System.nanoTime() + patienceMillis * 1_000_000L;
    try (Socket socket = new Socket()) {
      socket.connect(server, patienceMillis);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.write(
          ByteBuffer.allocate(2 + question.length)
              .putShort((short) question.length)
              .put(question)
              .array());
      socket.setSoTimeout(leftMillis(until));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      ByteBuffer message = ByteBuffer.allocate(in.readUnsignedShort());
      while (message.hasRemaining()) {
        socket.setSoTimeout(leftMillis(until));
        int count = in.read(message.array(), message.position(), message.remaining());
        if (count < 0) {
          throw new IOException("the name server has gone");
        }
        message.position(message.position() + count);
      }
      message.flip();
      if (!DnsMessages.answers(question, message)) {
        throw new IOException("the name server answers something else");
      }
      return DnsMessages.read(question, message)
          .orElseThrow(() -> new IOException("the name server cuts what it says by TCP"));
    }
  }

  private static int leftMillis(long untilNanos) throws SocketTimeoutException {
    long left = (untilNanos - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("the name server does not answer");
    }
    return (int) left;
  }
}
