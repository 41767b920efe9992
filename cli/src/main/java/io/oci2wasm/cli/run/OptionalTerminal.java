package io.oci2wasm.cli.run;

import java.util.Optional;
import java.util.function.Consumer;

/** The user's terminal, if the container wants one and there is one. */
public final class OptionalTerminal implements AutoCloseable {
  private final Optional<UserTerminal> terminal;

  private OptionalTerminal(Optional<UserTerminal> terminal) {
    this.terminal = terminal;
  }

  /** Takes it if it is {@code wanted}. */
  public static OptionalTerminal takeIf(boolean wanted) {
    return new OptionalTerminal(wanted ? UserTerminal.take() : Optional.empty());
  }

  /** Is it in raw mode? */
  public boolean isTaken() {
    return terminal.isPresent();
  }

  /** Its size, if it has one. */
  public Optional<WindowSize> size() {
    return terminal.flatMap(UserTerminal::size);
  }

  /** Tells {@code listener} every new size. */
  public void whenResized(Consumer<WindowSize> listener) {
    terminal.ifPresent(taken -> taken.whenResized(listener));
  }

  @Override
  public void close() {
    terminal.ifPresent(UserTerminal::close);
  }
}
