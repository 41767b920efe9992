import java.util.HashMap;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/** What a JVM compiles while it runs: a sieve, a table of texts, calls of an interface, and sums of doubles; Sums ROUNDS. */
final class Sums {
  private static final LongUnaryOperator[] STEPS = {
    value -> value * 31 + 7, value -> value ^ value >>> 13, value -> Long.rotateLeft(value, 17), value -> value + 1
  };

  private static int primesBelow(int limit) {
    boolean[] composite = new boolean[limit];
    int count = 0;
    for (int i = 2; i < limit; i++) {
      if (composite[i]) {
        continue;
      }
      count++;
      for (long k = (long) i * i; k < limit; k += i) {
        composite[(int) k] = true;
      }
    }
    return count;
  }

  private static int words(int count) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < count; i++) {
      counts.merge("word" + i % 997, 1, Integer::sum);
    }
    return counts.hashCode();
  }

  private static long steps(int count) {
    long value = 1;
    for (int i = 0; i < count; i++) {
      value = STEPS[i & 3].applyAsLong(value);
    }
    return value;
  }

  private static double waves(int count) {
    double sum = 0;
    for (int i = 1; i < count; i++) {
      sum += Math.sqrt(i) / (1 + i % 7) - sum / i;
    }
    return sum;
  }

  public static void main(String[] arguments) {
    for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
      System.out.printf("%d %d %d %s%n", primesBelow(2_000_000), words(300_000), steps(5_000_000), waves(3_000_000));
    }
  }
}
