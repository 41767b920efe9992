package io.oci2wasm.cli.progress;

import java.io.IOException;
import org.jline.terminal.impl.exec.ExecPty;
import org.jline.terminal.impl.exec.ExecTerminalProvider;
import org.jline.terminal.spi.Pty;
import org.jline.terminal.spi.SystemStream;

/**
 * Whether a person is at the other end. The launcher asks the system and passes the answer on: Java
 * has no call for it that means the same in all versions.
 */
final class Terminal {
  private static final String STDERR_PROPERTY = "oci2wasm.stderr.terminal";

  private static final int USUAL_COLUMNS = 80;

  private Terminal() {}

  static boolean isStderr() {
    return Boolean.getBoolean(STDERR_PROPERTY);
  }

  /**
   * How wide it is. Not by the library's own terminal, which takes this process its signals: Ctrl-C
   * would end it without what is done at its end.
   */
  static int columns() {
    try (Pty terminal = ExecPty.current(new ExecTerminalProvider(), SystemStream.Error)) {
      int columns = terminal.getSize().getColumns();
      return columns > 0 ? columns : USUAL_COLUMNS;
    } catch (IOException e) {
      return USUAL_COLUMNS;
    }
  }
}
