package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.train.TrainingLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Stands in the place of the program that trains, and ends as its last word says; never replays,
 * and finds no module valid.
 */
public final class FakeTraining {
  private static final int CRASHED = 134;

  private FakeTraining() {}

  /** {@code train MODULE LOG SECONDS MEMORY WORD}, and so on. */
  public static void main(String[] args) throws Exception {
    String word =
        switch (args[0]) {
          case "replay" -> "crash";
          case "check" -> "refuse";
          default -> args[args.length - 1];
        };
    switch (word) {
      case "crash" -> Runtime.getRuntime().halt(CRASHED);
      case "hang" -> Thread.sleep(Long.MAX_VALUE);
      case "exhaust" -> exhaust();
      case "refuse" -> {
        System.err.println("found no such command");
        System.exit(1);
      }
      case "garbage" -> Files.writeString(Path.of(args[2]), "garbage");
      case "endless" -> {
        try (var file = new java.io.RandomAccessFile(args[2], "rw")) {
          file.setLength(TrainingRuns.MAX_LOG_BYTES + 1L);
        }
      }
      case "nothing" -> System.exit(0);
      case "environment" -> System.out.println(System.getenv().keySet());
      default ->
          Files.write(
              Path.of(args[2]),
              new TrainingLog(Sha256Digest.of(new byte[] {1}), List.of()).encode());
    }
  }

  private static void exhaust() {
    List<byte[]> all = new ArrayList<>();
    while (true) {
      all.add(new byte[1 << 26]);
      System.out.println(all.size());
    }
  }
}
