package io.oci2wasm.converter;

import java.util.SplittableRandom;

/** Repeats a test with random input that is the same in every run. */
public final class Seeds {
  private Seeds() {}

  /** A test of one random input. */
  @FunctionalInterface
  public interface RandomTest {
    void run(SplittableRandom random) throws Exception;
  }

  /** Runs {@code test} with the seeds from 0 to {@code count - 1}; a failure names its seed. */
  public static void each(int count, RandomTest test) {
    for (long seed = 0; seed < count; seed++) {
      try {
        test.run(new SplittableRandom(seed));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("failed with seed " + seed + ": " + e, e);
      }
    }
  }
}
