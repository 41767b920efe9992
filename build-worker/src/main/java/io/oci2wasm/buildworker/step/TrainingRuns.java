package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.buildworker.process.ChildJvm;
import io.oci2wasm.converter.train.Replay;
import io.oci2wasm.converter.train.TrainingLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Runs bundles and engines in processes of their own. What these yield is checked here: it is data,
 * and never code.
 */
public final class TrainingRuns implements Replay {
  /** Of a whole log; the longest training that was seen had some hundred kilobytes. */
  static final int MAX_LOG_BYTES = 32 << 20;

  /** For the engine, what the JVM makes of it, and its translations. */
  private static final long HEAP_BESIDE_GUEST = 512L << 20;

  /** The engine that translates has a guest's memory too, the usual 512m; validating takes less. */
  private static final long REPLAY_HEAP = 3L << 29;

  private static final int REFUSED = 1;

  private final ChildJvm jvm;
  private final Duration maxTime;

  /** {@code maxTime}: of each run. */
  public TrainingRuns(ChildJvm jvm, Duration maxTime) {
    this.jvm = jvm;
    this.maxTime = maxTime;
  }

  /**
   * A run of a bundle.
   *
   * @param module the bundle, in a folder of its own
   * @param command its words; none for the image's own
   */
  record Run(Path module, TrainingTime time, GuestMemory memory, List<String> command) {
    private List<String> words(String kind, String... more) {
      List<String> words = new ArrayList<>(List.of(kind, module.toString()));
      words.addAll(List.of(more));
      words.add(Integer.toString(time.seconds()));
      words.add(Long.toString(memory.bytes()));
      words.addAll(command);
      return words;
    }

    private String describe() {
      return command.isEmpty()
          ? "the image's own command"
          : "\"" + String.join(" ", command) + "\"";
    }
  }

  /**
   * What is hot in a run.
   *
   * @throws RejectedException if the run crashes, takes too long, or needs too much memory
   */
  TrainingLog train(Run run) throws RejectedException, IOException, InterruptedException {
    String what = "training by " + run.describe();
    Path log = folder(run.module).resolve("log");
    require(what, ended(run, run.words("train", log.toString())), Reason.TRAINING_FAILED);
    try {
      long size = Files.exists(log) ? Files.size(log) : 0;
      if (size > MAX_LOG_BYTES) {
        throw tooLarge(what, size);
      }
      return TrainingLog.parse(size == 0 ? new byte[0] : Files.readAllBytes(log));
    } catch (IOException e) {
      throw new RejectedException(
          Reason.TRAINING_FAILED, what + ", reading its log: " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(log);
    }
  }

  private static RejectedException tooLarge(String what, long size) {
    return new RejectedException(
        Reason.TRAINING_FAILED,
        String.format(
            "%s: found a log of %s bytes, expected at most %s; train for a shorter time",
            what, size, MAX_LOG_BYTES));
  }

  /**
   * {@code log}, of several runs.
   *
   * @throws RejectedException if it is larger than what is read
   */
  static TrainingLog checkSize(TrainingLog log) throws RejectedException {
    if (log.sizeBytes() > MAX_LOG_BYTES) {
      throw tooLarge("training", log.sizeBytes());
    }
    return log;
  }

  /** CPU time of a run in nanoseconds; empty if it did not end well. */
  OptionalLong measure(Run run) throws IOException, InterruptedException {
    ChildJvm.Ended ended = ended(run, run.words("measure"));
    try {
      return ended.inTime() && ended.exitCode() == 0
          ? OptionalLong.of(Long.parseLong(ended.output()))
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private ChildJvm.Ended ended(Run run, List<String> words)
      throws IOException, InterruptedException {
    // All of a guest is copied when the engine's memory grows once more.
    long heap = 2 * run.memory.bytes() + HEAP_BESIDE_GUEST;
    return jvm.run(words, folder(run.module), heap, maxTime);
  }

  @Override
  public byte[] run(Path module, byte[] job)
      throws RejectedException, IOException, InterruptedException {
    Path given = Files.write(folder(module).resolve("job"), job);
    Path result = folder(module).resolve("result");
    List<String> words = List.of("replay", module.toString(), given.toString(), result.toString());
    require(
        "translating what was recorded",
        jvm.run(words, folder(module), REPLAY_HEAP, maxTime),
        Reason.LOG_REFUSED);
    return Files.readAllBytes(result);
  }

  @Override
  public void check(Path module) throws RejectedException, IOException, InterruptedException {
    require(
        "checking what was translated",
        jvm.run(List.of("check", module.toString()), folder(module), REPLAY_HEAP, maxTime),
        Reason.INTERNAL);
  }

  private static Path folder(Path module) {
    return Objects.requireNonNull(module.getParent(), "a module is in a folder");
  }

  /** Refuses what did not end well; {@code otherwise}: the reason where no limit was passed. */
  private void require(String what, ChildJvm.Ended ended, Reason otherwise)
      throws RejectedException {
    if (!ended.inTime()) {
      throw new RejectedException(
          Reason.TIME_LIMIT,
          String.format(
              "%s: found it not done after %s s, expected an end by then; it was stopped",
              what, maxTime.toSeconds()));
    }
    if (ended.isOutOfMemory()) {
      throw new RejectedException(
          Reason.MEMORY_LIMIT,
          what
              + ": found that its process needs more memory than it may have (twice its guest's"
              + " and 512m); give the guest less (translate.memory), or train for a shorter time");
    }
    if (ended.exitCode() != 0) {
      String said = ended.errors().isEmpty() ? "nothing said" : ended.errors();
      throw new RejectedException(
          otherwise,
          ended.exitCode() == REFUSED
              ? what + ": " + said
              : String.format(
                  "%s: found that its process crashed with exit code %s, expected an end: %s",
                  what, ended.exitCode(), said));
    }
  }
}
