package io.oci2wasm.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreePortTest {
  /** As a broker's and its controller's: neither is bound when the other is looked for. */
  @Test
  void shouldGiveAnotherPortWithEachCall() throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ports.add(FreePort.find());
    }
    assertThat(ports).doesNotHaveDuplicates();
  }

  @Test
  void shouldGiveOneThatCanBeListenedOnAndThatNoOutgoingConnectionTakes() throws Exception {
    int port = FreePort.find();
    assertThat(port).isBetween(1024, 32_767);
    try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(server.isBound()).isTrue();
    }
  }
}
