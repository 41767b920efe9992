package io.oci2wasm.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShutdownTest {
  private final List<String> closed = new ArrayList<>();
  private final Shutdown shutdown = new Shutdown();

  @Test
  void shouldCloseTheLastFirstAndEachOnce() {
    shutdown.last("store", () -> closed.add("store"));
    shutdown.last("server", () -> closed.add("server"));

    shutdown.close();
    shutdown.close();

    assertThat(closed).containsExactly("server", "store");
  }

  @Test
  void shouldCloseTheOthersWhereOneFails() {
    shutdown.last("store", () -> closed.add("store"));
    shutdown.last(
        "server",
        () -> {
          throw new IOException("made up");
        });

    shutdown.close();

    assertThat(closed).containsExactly("store");
  }
}
