package io.oci2wasm.cli.run;

import io.oci2wasm.api.RejectedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A run that nobody watches, without folders and network: for training, and for translating. */
public final class QuietRun {
  private static final String NAME = "oci2wasm";
  private static final String DETERMINISTIC = "--deterministic";
  private static final String REPLAY = "--replay";

  private final int exitCode;
  private final String lastWords;

  private QuietRun(int exitCode, ByteArrayOutputStream errors) {
    this.exitCode = exitCode;
    String[] lines = errors.toString(StandardCharsets.UTF_8).strip().split("\n", -1);
    this.lastWords = lines[lines.length - 1];
  }

  /** Runs {@code bundle} with the engine's {@code options} and a command, deterministically. */
  public static QuietRun of(
      ModuleRunner runner, BundleFile bundle, List<String> options, List<String> command)
      throws RejectedException {
    List<String> words = new ArrayList<>(List.of(NAME, DETERMINISTIC));
    words.addAll(options);
    words.add("--");
    words.addAll(command);
    ByteArrayOutputStream errors = new LastWords();
    ProgramContext context =
        context(words, new byte[0], OutputStream.nullOutputStream(), errors)
            .with(Map.of(), bundle.ownFolders());
    return new QuietRun(runner.run(bundle, context), errors);
  }

  /** Has an engine translate {@code job}; what it makes of it goes to {@code result}. */
  public static QuietRun replay(
      ModuleRunner runner, BundleFile engine, byte[] job, OutputStream result) {
    ByteArrayOutputStream errors = new LastWords();
    return new QuietRun(
        runner.run(engine, context(List.of(NAME, REPLAY), job, result, errors)), errors);
  }

  private static ProgramContext context(
      List<String> words, byte[] in, OutputStream out, OutputStream errors) {
    return new ProgramContext(
        words, Map.of(), List.of(), new ByteArrayInputStream(in), out, errors, new ControlLines());
  }

  public int exitCode() {
    return exitCode;
  }

  /** The last line on standard error, which may be empty. */
  public String lastWords() {
    return lastWords;
  }

  /** What was written last; the rest is forgotten. */
  private static final class LastWords extends ByteArrayOutputStream {
    private static final int MOST = 1 << 16;

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      if (size() > MOST) {
        reset();
      }
      super.write(bytes, offset, Math.min(length, MOST));
    }
  }
}
