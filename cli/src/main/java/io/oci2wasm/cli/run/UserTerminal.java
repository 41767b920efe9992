package io.oci2wasm.cli.run;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.function.Consumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;

/**
 * The terminal this process runs in, in raw mode while the container's own has its keys. Closing
 * restores it; so does the end of the process.
 */
public final class UserTerminal implements AutoCloseable {
  private final Terminal terminal;

  private UserTerminal(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Takes the terminal; empty where input or output is none. */
  public static Optional<UserTerminal> take() {
    Terminal terminal;
    try {
      terminal = TerminalBuilder.builder().system(true).dumb(false).nativeSignals(false).build();
    } catch (IOException | IllegalStateException e) {
      return Optional.empty();
    }
    terminal.setAttributes(raw(terminal.getAttributes()));
    return Optional.of(new UserTerminal(terminal));
  }

  /**
   * As cfmakeraw(3): every key is a byte, ctrl-C too, and every byte of output arrives as it is.
   */
  private static Attributes raw(Attributes cooked) {
    Attributes raw = new Attributes(cooked);
    raw.setInputFlags(
        EnumSet.of(
            InputFlag.IGNBRK,
            InputFlag.BRKINT,
            InputFlag.PARMRK,
            InputFlag.ISTRIP,
            InputFlag.INLCR,
            InputFlag.IGNCR,
            InputFlag.ICRNL,
            InputFlag.IXON),
        false);
    raw.setOutputFlag(OutputFlag.OPOST, false);
    raw.setLocalFlags(
        EnumSet.of(
            LocalFlag.ECHO, LocalFlag.ECHONL, LocalFlag.ICANON, LocalFlag.ISIG, LocalFlag.IEXTEN),
        false);
    raw.setControlChar(ControlChar.VMIN, 1);
    raw.setControlChar(ControlChar.VTIME, 0);
    return raw;
  }

  public WindowSize size() {
    Size size = terminal.getSize();
    return new WindowSize(size.getRows(), size.getColumns());
  }

  /** Tells {@code listener} every new size. */
  public void whenResized(Consumer<WindowSize> listener) {
    Signals.register("WINCH", () -> listener.accept(size()));
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException e) {
      // The terminal has gone: there is nothing to restore.
    }
  }
}
