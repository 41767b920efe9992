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
import org.jline.terminal.impl.exec.ExecPty;
import org.jline.terminal.impl.exec.ExecTerminalProvider;
import org.jline.terminal.spi.Pty;
import org.jline.terminal.spi.SystemStream;
import org.jline.utils.Signals;

/**
 * The terminal this process runs in, in raw mode while the container's own has its keys. Closing
 * restores it; so does the end of the process.
 */
public final class UserTerminal implements AutoCloseable {
  private final Pty terminal;
  private final Attributes cooked;
  private final Thread atEnd = new Thread(this::restore, "terminal");

  private UserTerminal(Pty terminal) throws IOException {
    this.terminal = terminal;
    this.cooked = terminal.getAttr();
    Runtime.getRuntime().addShutdownHook(atEnd);
  }

  /** Takes the terminal that is the standard output; empty where input or output is none. */
  public static Optional<UserTerminal> take() {
    try {
      // Not the library's Terminal, which asks the terminal for its features and so reads what the
      // user has typed for the container.
      Pty terminal = ExecPty.current(new ExecTerminalProvider(), SystemStream.Output);
      UserTerminal taken = new UserTerminal(terminal);
      terminal.setAttr(raw(taken.cooked));
      return Optional.of(taken);
    } catch (IOException e) {
      return Optional.empty();
    }
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

  /** Its size; empty where it has none, like a serial line. */
  public Optional<WindowSize> size() {
    try {
      Size size = terminal.getSize();
      return size.getRows() > 0 && size.getColumns() > 0
          ? Optional.of(new WindowSize(size.getRows(), size.getColumns()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Tells {@code listener} every new size. */
  public void whenResized(Consumer<WindowSize> listener) {
    Signals.register("WINCH", () -> size().ifPresent(listener));
  }

  @Override
  public void close() {
    restore();
    Runtime.getRuntime().removeShutdownHook(atEnd);
  }

  private void restore() {
    try {
      terminal.setAttr(cooked);
    } catch (IOException e) {
      // The terminal has gone: there is nothing to restore.
    }
  }
}
