package io.oci2wasm.cli.run;

/** A terminal's size in characters. */
public record WindowSize(int rows, int columns) {
  /** {@code ROWS COLS}, as docs/FORMATS.md has it. */
  @Override
  public String toString() {
    return rows + " " + columns;
  }
}
