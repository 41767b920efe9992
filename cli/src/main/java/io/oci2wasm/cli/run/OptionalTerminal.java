package io.oci2wasm.cli.run;

import java.util.Optional;
import java.util.function.Consumer;

/** The user's terminal, if the container wants one and there is one. */
public final class OptionalTerminal implements AutoCloseable {
  private static final WindowSize WITHOUT_WINDOW = new WindowSize(24, 80);

  private final boolean wanted;
  private final Optional<UserTerminal> terminal;

  private OptionalTerminal(boolean wanted, Optional<UserTerminal> terminal) {
    this.wanted = wanted;
    this.terminal = terminal;
  }

  /** Takes it if it is {@code wanted}. */
  public static OptionalTerminal takeIf(boolean wanted) {
    return new OptionalTerminal(wanted, wanted ? UserTerminal.take() : Optional.empty());
  }

  /** Is it in raw mode? */
  public boolean isTaken() {
    return terminal.isPresent();
  }

  /**
   * Its size, if it has one. If one is wanted where there is none, a usual one: the guest would ask
   * for it in what the container prints, and nobody would answer.
   */
  public Optional<WindowSize> size() {
    return wanted && terminal.isEmpty()
        ? Optional.of(WITHOUT_WINDOW)
        : terminal.flatMap(UserTerminal::size);
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
