package io.oci2wasm.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Executes the command in this process. */
public final class Cli {
  /** How it ended. */
  public record Result(int exitCode, String out, String err) {}

  private Cli() {}

  /** {@code words}: of any type, by their text. */
  public static Result execute(Object... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Oci2wasm.commandLine();
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    String[] arguments = new String[words.length];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = words[i].toString();
    }
    return new Result(command.execute(arguments), out.toString(), err.toString());
  }
}
