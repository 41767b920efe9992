/** Loops that get compiled: integers, floating point, arrays, virtual calls, null checks that fail late. */
class Hot {
  interface Step {
    long next(long x);
  }

  static long hash(int rounds) {
    long h = 1125899906842597L;
    for (int i = 0; i < rounds; i++) {
      h = 31 * h + (h >>> 7 ^ i);
      h ^= Long.rotateLeft(h, 13) % (i + 1);
    }
    return h;
  }

  static double series(int terms) {
    double sum = 0;
    for (int i = 1; i <= terms; i++) {
      sum += Math.sin(i) / i + Math.sqrt(i) * 1e-7 - (float) i / 3f * 1e-9 + (i & 1) * Math.abs(-0.5 / i);
    }
    return sum;
  }

  static int sieve(int limit) {
    boolean[] composite = new boolean[limit];
    int primes = 0;
    for (int i = 2; i < limit; i++) {
      if (!composite[i]) {
        primes++;
        for (int j = 2 * i; j < limit; j += i) {
          composite[j] = true;
        }
      }
    }
    return primes;
  }

  static long calls(int rounds) {
    Step[] steps = {x -> x * 3 + 1, x -> x ^ x >>> 3, x -> Long.reverse(x) + 5, x -> x / 7};
    long x = 99;
    for (int i = 0; i < rounds; i++) {
      x = steps[i & 3].next(x);
    }
    return x;
  }

  static int vector(int rounds) {
    int[] a = new int[1024];
    byte[] b = new byte[1024];
    double[] d = new double[1024];
    for (int r = 0; r < rounds; r++) {
      for (int i = 0; i < a.length; i++) {
        a[i] += i * r ^ 0x55;
        b[i] += (byte) (a[i] >> 3);
        d[i] = d[i] * 0.5 + a[i];
      }
    }
    int sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] + b[i] + (int) d[i];
    }
    return sum;
  }

  static int nulls(int rounds) {
    int caught = 0;
    String text = "text";
    for (int i = 0; i < rounds; i++) {
      try {
        caught += (i % 1000 == 999 ? null : text).length() & 1;
      } catch (NullPointerException e) {
        caught++;
      }
    }
    return caught;
  }

  public static void main(String[] words) {
    int scale = words.length > 0 ? 1 : 10;
    System.out.println(hash(scale * 30_000) + " " + series(scale * 20_000) + " " + sieve(scale * 20_000));
    System.out.println(calls(scale * 30_000) + " " + vector(scale * 30) + " " + nulls(scale * 20_000));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < scale * 5_000; i++) {
      text.append(i % 10).append((char) ('a' + i % 26));
    }
    System.out.println(text.toString().hashCode() + " " + text.indexOf("9z") + " " + String.join("-", text.substring(0, 20).split("")));
  }
}
