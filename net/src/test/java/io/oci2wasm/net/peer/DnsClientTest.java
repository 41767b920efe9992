package io.oci2wasm.net.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Name servers that are asked for records. */
@Timeout(120)
class DnsClientTest {
  private static final int TXT = 16;
  private static final int FLAG_CUT = 0x0200;
  private final Queue<Integer> datagramsOf = new ConcurrentLinkedQueue<>();
  private DatagramSocket datagrams;
  private ServerSocket streams;

  @BeforeEach
  void startServer() throws IOException {
    streams = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    datagrams = new DatagramSocket(streams.getLocalPort(), InetAddress.getLoopbackAddress());
    start(this::serveDatagrams);
    start(this::serveStreams);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "name server");
    thread.setDaemon(true);
    thread.start();
  }

  @AfterEach
  void stopServer() throws IOException {
    datagrams.close();
    streams.close();
  }

  private void serveDatagrams() {
    byte[] bytes = new byte[512];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
        datagrams.receive(packet);
        byte[] question = Arrays.copyOf(bytes, packet.getLength());
        datagramsOf.add((int) question[13]);
        byte[] answer = question[13] == 'l' ? message(question, FLAG_CUT) : message(question, 0, 2);
        byte[] wrong = message(question, 0, 9);
        wrong[0] ^= 1;
        datagrams.send(new DatagramPacket(wrong, wrong.length, packet.getSocketAddress()));
        if (question[13] != 's') {
          datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private void serveStreams() {
    while (!streams.isClosed()) {
      try (Socket client = streams.accept()) {
        DataInputStream in = new DataInputStream(client.getInputStream());
        byte[] answer = message(in.readNBytes(in.readUnsignedShort()), 0, 1000, 2000);
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        out.writeShort(answer.length);
        out.write(answer, 0, 100);
        out.flush();
        out.write(answer, 100, answer.length - 100);
      } catch (IOException e) {
        // The test has ended, or the client has.
      }
    }
  }

  /** An answer with texts of these lengths. */
  private static byte[] message(byte[] question, int flags, int... texts) {
    ByteBuffer message =
        ByteBuffer.allocate(question.length + texts.length * 12 + Arrays.stream(texts).sum());
    message.put(question);
    message.putShort(2, (short) (0x8180 | flags)).putShort(6, (short) texts.length);
    for (int length : texts) {
      message.putShort((short) 0xc00c).putShort((short) TXT).putShort((short) 1).putInt(9);
      message.putShort((short) length).position(message.position() + length);
    }
    return message.array();
  }

  private DnsRecords ask(String name) throws IOException {
    return new DnsClient(
            List.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), streams.getLocalPort())))
        .ask(name, TXT);
  }

  @Test
  void shouldTakeTheAnswerToItsOwnQuestion() throws Exception {
    // When
    DnsRecords found = ask("www.example");

    // Then
    assertThat(found.count()).isEqualTo(1);
    assertThat(found.bytes().remaining()).isEqualTo(14);
  }

  @Test
  void shouldAskByTcpForWhatIsTooLong() throws Exception {
    // When
    DnsRecords found = ask("long.example");

    // Then
    assertThat(found.count()).isEqualTo(2);
    assertThat(found.bytes().remaining()).isEqualTo(3024);
  }

  @Test
  void shouldAskASilentServerAgainAndGiveUp() {
    // When / Then
    assertThatThrownBy(() -> ask("silent.example"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("asking name servers for silent.example");
    assertThat(datagramsOf).hasSize(3);
  }
}
