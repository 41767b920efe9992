package io.oci2wasm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.cli.run.ControlLines;
import io.oci2wasm.cli.run.ModuleRunner;
import io.oci2wasm.cli.run.ProgramContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Executes the command, and bundles, in this process. */
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

  /** Runs a shell's script in a bundle, deterministically and with {@code --stats}. */
  public static Result script(Path module, String script) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        ModuleRunner.caching()
            .run(
                BundleFile.open(module),
                new ProgramContext(
                    List.of("it", "--deterministic", "--stats", "--", "sh", "-c", script),
                    Map.of(),
                    List.of(),
                    new ByteArrayInputStream(new byte[0]),
                    out,
                    err,
                    new ControlLines()));
    return new Result(exitCode, out.toString(UTF_8), err.toString(UTF_8));
  }
}
