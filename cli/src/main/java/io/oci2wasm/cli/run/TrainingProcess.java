package io.oci2wasm.cli.run;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The program that a build-worker starts in a JVM of its own, to run what may crash:
 *
 * <ul>
 *   <li>{@code train MODULE LOG SECONDS MEMORY [WORD…]} runs a bundle, and writes what is hot
 *   <li>{@code measure MODULE SECONDS MEMORY [WORD…]} prints the run's CPU time in nanoseconds
 *   <li>{@code replay MODULE JOB RESULT} has an engine translate
 *   <li>{@code check MODULE} reads a module, and checks that it is valid
 * </ul>
 *
 * <p>It ends with 1 and a line on standard error if it cannot do that, and when its standard input
 * ends, as then the worker has ended.
 */
public final class TrainingProcess {
  private static final int REFUSED = 1;
  private static final int ABANDONED = 4;

  /** From this exit code on, the engine or the container did not begin to work (FORMATS.md). */
  private static final int NOT_BEGUN = 125;

  private static final int NOT_FOUND = 127;

  private TrainingProcess() {}

  /** Ends the process. */
  public static void main(String[] args) {
    Thread watch = new Thread(TrainingProcess::awaitEndOfInput, "watch the worker");
    watch.setDaemon(true);
    watch.start();
    try {
      run(List.of(args));
      System.exit(0);
    } catch (RejectedException | IOException e) {
      System.err.println(e.getMessage());
      System.exit(REFUSED);
    }
  }

  private static void awaitEndOfInput() {
    try {
      int read = 0;
      while (read >= 0) {
        read = System.in.read();
      }
    } catch (IOException e) {
      // The same: nobody is there.
    }
    Runtime.getRuntime().halt(ABANDONED);
  }

  private static void run(List<String> args) throws RejectedException, IOException {
    BundleFile module = BundleFile.open(Path.of(args.get(1)));
    switch (args.get(0)) {
      case "train" -> train(module, Path.of(args.get(2)), args.subList(3, args.size()));
      case "measure" -> measure(module, args.subList(2, args.size()));
      case "replay" -> replay(module, Path.of(args.get(2)), Path.of(args.get(3)));
      case "check" -> ModuleRunner.check(module);
      default -> throw new IOException("found \"" + args.get(0) + "\", expected train or another");
    }
  }

  private static void train(BundleFile module, Path log, List<String> words)
      throws RejectedException, IOException {
    Sha256Digest engine =
        Sha256Digest.parse(
            Json.MAPPER.readTree(module.description()).path("engine").path("digest").asText());
    List<Recording> recordings = new ArrayList<>();
    requireBegun(
        run(
            ModuleRunner.caching()
                .training(seconds(words), told -> recordings.add(Recording.ofEngine(told))),
            module,
            words));
    Files.write(log, TrainingLog.of(engine, recordings).encode());
  }

  private static void measure(BundleFile module, List<String> words)
      throws RejectedException, IOException {
    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    requireBegun(run(ModuleRunner.caching().measuring(seconds(words)), module, words));
    System.out.println(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before);
  }

  private static int seconds(List<String> words) {
    return Integer.parseInt(words.get(0));
  }

  private static QuietRun run(ModuleRunner runner, BundleFile module, List<String> words)
      throws RejectedException {
    return QuietRun.of(
        runner, module, List.of("--memory", words.get(1)), words.subList(2, words.size()));
  }

  private static void requireBegun(QuietRun run) throws IOException {
    if (run.exitCode() >= NOT_BEGUN && run.exitCode() <= NOT_FOUND) {
      throw new IOException(
          String.format(
              "found exit code %s (%s), expected a command that runs in the container",
              run.exitCode(), run.lastWords()));
    }
  }

  private static void replay(BundleFile engine, Path job, Path result) throws IOException {
    try (OutputStream out = Files.newOutputStream(result)) {
      QuietRun run = QuietRun.replay(ModuleRunner.caching(), engine, Files.readAllBytes(job), out);
      if (run.exitCode() != 0) {
        throw new IOException("found " + run.lastWords() + ", expected translations");
      }
    }
  }
}
