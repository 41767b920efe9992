package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.net.rules.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a name server says, and what becomes of it. */
@Timeout(120)
class NameServersTest {
  private static final int HEADER_BYTES = 12;
  private static final int NO_SUCH_NAME = 3;
  private static final int REFUSED = 5;
  private static final String REFUSED_NAMES = "(?s).*(secret|only[46]).*";
  private DatagramSocket server;

  @BeforeEach
  void startServer() throws IOException {
    server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve, "name server");
    thread.setDaemon(true);
    thread.start();
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  /**
   * Knows addresses of "www", knows "empty" without any, and refuses "secret". Of "only4" and
   * "only6" it refuses the other family.
   */
  private void serve() {
    byte[] bytes = new byte[512];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
        server.receive(packet);
        byte[] answer = Arrays.copyOf(bytes, packet.getLength() + 28);
        String question = new String(bytes, HEADER_BYTES, packet.getLength() - 12, ISO_8859_1);
        boolean v6 = bytes[packet.getLength() - 3] == 28;
        int length = packet.getLength();
        answer[2] = (byte) 0x81;
        answer[3] = (byte) 0x80;
        if (question.contains("www") || question.contains(v6 ? "only6" : "only4")) {
          answer[7] = 1;
          byte[] record = {(byte) 0xc0, 12, 0, (byte) (v6 ? 28 : 1), 0, 1, 0, 0, 0, 9, 0, 4, 9};
          record[11] = (byte) (v6 ? 16 : 4);
          System.arraycopy(record, 0, answer, length, record.length);
          length += HEADER_BYTES + record[11];
        } else if (!question.contains("empty")) {
          answer[3] |= (byte) (question.matches(REFUSED_NAMES) ? REFUSED : NO_SUCH_NAME);
        }
        server.send(new DatagramPacket(answer, length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private List<IpAddress> resolve(String name) throws IOException {
    return NameServers.at("dns://127.0.0.1:" + server.getLocalPort()).resolve(name);
  }

  @Test
  void shouldGiveAddressesOfBothFamilies() throws Exception {
    // When / Then
    assertThat(resolve("www.example"))
        .containsExactly(
            IpAddress.parse("9.0.0.0").orElseThrow(), IpAddress.parse("900::").orElseThrow());
  }

  @Test
  void shouldKeepOneFamilyIfTheOtherFails() throws Exception {
    // When / Then
    assertThat(resolve("only4.example")).containsExactly(IpAddress.parse("9.0.0.0").orElseThrow());
    assertThat(resolve("only6.example")).containsExactly(IpAddress.parse("900::").orElseThrow());
  }

  @Test
  void shouldGiveNothingForANameWithoutAddresses() throws Exception {
    // When / Then
    assertThat(resolve("empty.example")).isEmpty();
  }

  @Test
  void shouldSayThatThereIsNoSuchName() {
    // When / Then
    assertThatThrownBy(() -> resolve("none.example"))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("none.example");
  }

  @Test
  void shouldSayThatItCouldNotBeFoundOut() {
    // When / Then
    assertThatThrownBy(() -> resolve("secret.example"))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(UnknownHostException.class)
        .hasMessageContaining("asking name servers for secret.example");
  }

  @Test
  void shouldTakeNoUrlForAName() {
    // When / Then
    assertThatThrownBy(() -> resolve("ldap://127.0.0.1/x"))
        .isInstanceOf(UnknownHostException.class);
  }
}
