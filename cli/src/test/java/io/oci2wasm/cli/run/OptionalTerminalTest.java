package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tests have no terminal. */
class OptionalTerminalTest {
  @Test
  void shouldHaveASizeWhereOneIsWantedSoThatTheGuestDoesNotAskForIt() {
    try (OptionalTerminal terminal = OptionalTerminal.takeIf(true)) {
      assertThat(terminal.isTaken()).isFalse();
      assertThat(terminal.size()).contains(new WindowSize(24, 80));
    }
  }

  @Test
  void shouldHaveNoneWhereNoneIsWanted() {
    try (OptionalTerminal terminal = OptionalTerminal.takeIf(false)) {
      assertThat(terminal.size()).isEmpty();
    }
  }
}
