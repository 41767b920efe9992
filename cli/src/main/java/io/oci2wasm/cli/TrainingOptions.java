package io.oci2wasm.cli;

import io.oci2wasm.api.CommandWords;
import io.oci2wasm.converter.train.TranslationJob;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How a module is trained (docs/FORMATS.md, "Trained bundles"). */
final class TrainingOptions {
  private static final Pattern TIME = Pattern.compile("([0-9]{1,4})(s|m)");
  private static final int MAX_SECONDS = 9999;

  /** Stands for the image's own command: no words. */
  private static final String OWN = " ";

  @Option(
      names = "--train",
      arity = "0..1",
      fallbackValue = OWN,
      paramLabel = "COMMAND",
      description =
          "Run COMMAND in this process, and write modules that start with translations of what was"
              + " hot in it: they are faster in every runtime. May be repeated. Without COMMAND,"
              + " at the end of the line: the image's own.")
  private List<String> commands = List.of();

  @Option(
      names = "--train-time",
      paramLabel = "TIME",
      description =
          "Guest time of each training run, at most, e.g. 30s or 2m: a second is 250 million"
              + " instructions. Default: 10s.")
  private @Nullable String time;

  @Option(
      names = "--train-log",
      paramLabel = "FILE",
      description =
          "With --train, also write what was recorded to FILE. Without, take it from there instead"
              + " of running anything: the same log gives the same module.")
  private @Nullable Path log;

  @Option(
      names = "--train-simd",
      description =
          "Let translations use 128-bit vectors: several times as fast where a linux/amd64 image"
              + " computes with vectors. The module then runs where WebAssembly has them, as in"
              + " node, browsers and wasmtime, but not in the JVM of \"run\".")
  private boolean simd;

  boolean isWanted() {
    return !commands.isEmpty() || log != null;
  }

  /** Are there runs, or only a log? */
  boolean runs() {
    return !commands.isEmpty();
  }

  @Nullable Path log() {
    return log;
  }

  /** Which hosts run what is made. */
  TranslationJob.Hosts hosts() {
    return TranslationJob.Hosts.of(simd);
  }

  /** The words of each command; none for the image's own. */
  List<List<String>> commands() {
    List<List<String>> all = new ArrayList<>();
    for (String command : commands) {
      all.add(
          command.isBlank()
              ? List.of()
              : CommandWords.split("--train", command, "sh -c 'make test'"));
    }
    return all;
  }

  int seconds() {
    if (time == null) {
      return 10;
    }
    Matcher matcher = TIME.matcher(time);
    if (!matcher.matches()) {
      return 0;
    }
    return Integer.parseInt(matcher.group(1)) * (matcher.group(2).equals("m") ? 60 : 1);
  }

  /**
   * Refuses what does not go together.
   *
   * @throws ParameterException with what is wrong
   */
  void check(CommandLine line, boolean component, boolean provenance) {
    if (time != null && (seconds() < 1 || seconds() > MAX_SECONDS)) {
      throw new ParameterException(
          line,
          "--train-time: found \"" + time + "\", expected a time from 1s to 9999s, such as 30s");
    }
    if (time != null && !runs()) {
      throw new ParameterException(line, "--train-time: found it without --train, expected both");
    }
    if (simd && !isWanted()) {
      throw new ParameterException(
          line, "--train-simd: found it without --train or --train-log, expected one of them");
    }
    if (isWanted() && component) {
      throw new ParameterException(
          line,
          "--component: found it with --train or --train-log, expected one: only modules are");
    }
    try {
      commands();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(line, String.valueOf(e.getMessage()), e);
    }
    if (isWanted() && provenance) {
      throw new ParameterException(
          line,
          "--provenance: found it with --train or --train-log, expected one: a statement does not"
              + " tell yet what translations were made of");
    }
  }

  /** Refuses a log for several platforms. */
  void checkPlatforms(CommandLine line, int platforms) {
    if (log != null && platforms > 1) {
      throw new ParameterException(
          line,
          "--train-log: found "
              + platforms
              + " platforms, expected one, as a log is of one platform's files; choose it with"
              + " --platform");
    }
  }
}
