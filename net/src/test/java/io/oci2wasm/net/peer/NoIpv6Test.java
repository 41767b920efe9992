package io.oci2wasm.net.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A machine without IPv6: a JVM looks for it when it starts, so that this is another one. */
@Timeout(180)
class NoIpv6Test {
  private static final int OUT = 0x8000_0000;

  /** What runs in the other JVM: tells what becomes of addresses of IPv6. */
  static final class Ipv4Only {
    private Ipv4Only() {}

    /** Opens a connection and a flow, and takes a port. */
    public static void main(String[] args) throws Exception {
      try (FakeEngine engine = FakeEngine.ready(NetworkRules.of(true, List.of(), List.of()))) {
        for (int kind = 1; kind <= 2; kind++) {
          engine.open(OUT + kind, kind, "2606:4700::1", 80);
          System.out.println(engine.expect(OUT + kind, MessageType.RESET).code());
        }
      }
      try {
        PublishedPorts.take(PublishedPort.parse("[::1]::80")).close();
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void shouldHaveNoRouteByIpv6() throws Exception {
    // When
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.net.preferIPv4Stack=true",
                "-cp",
                ManagementFactory.getRuntimeMXBean().getClassPath(),
                Ipv4Only.class.getName())
            .redirectErrorStream(true)
            .start();
    List<String> said = other.inputReader().lines().toList();

    // Then
    String unreachable = String.valueOf(Reason.UNREACHABLE.code());
    assertThat(said)
        .containsExactly(
            unreachable,
            unreachable,
            "publishing [0:0:0:0:0:0:0:1]:0->80/tcp: the host's port cannot be taken: this machine has no"
                + " IPv6; choose another one with -p");
    assertThat(other.waitFor()).isZero();
  }
}
