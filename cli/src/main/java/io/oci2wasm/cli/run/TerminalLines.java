package io.oci2wasm.cli.run;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Ends lines as a terminal in raw mode wants it, with a carriage return. */
final class TerminalLines extends FilterOutputStream {
  TerminalLines(OutputStream terminal) {
    super(terminal);
  }

  @Override
  public void write(int value) throws IOException {
    if (value == '\n') {
      out.write('\r');
    }
    out.write(value);
  }
}
