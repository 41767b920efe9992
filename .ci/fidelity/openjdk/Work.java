import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/** What a program that computes does: text, numbers, collections, digests, time. */
class Work {
  sealed interface Shape permits Circle, Square {}

  record Circle(double radius) implements Shape {}

  record Square(double side) implements Shape {}

  static double area(Shape shape) {
    return shape instanceof Circle c ? Math.PI * c.radius() * c.radius() : ((Square) shape).side() * ((Square) shape).side();
  }

  public static void main(String[] words) throws Exception {
    System.out.println(IntStream.range(0, 50_000).mapToObj(i -> "k" + i * 7919 % 101).collect(Collectors.groupingBy(k -> k, TreeMap::new, Collectors.counting())).headMap("k12"));
    System.out.println(new BigDecimal(2).sqrt(new MathContext(50)) + " " + BigInteger.TWO.pow(521).subtract(BigInteger.ONE).isProbablePrime(20));
    Random random = new Random(42);
    System.out.println(random.nextGaussian() + " " + random.nextLong() + " " + random.ints(5, 0, 100).boxed().toList());
    for (double x : new double[] {1e-9, 0.3, 1, 1e10, 1e300, Double.MIN_VALUE}) {
      System.out.println(Math.sin(x) + " " + Math.cos(x) + " " + Math.tan(x) + " " + Math.exp(-x) + " " + Math.log(x) + " " + Math.pow(x, 0.37) + " " + Math.cbrt(x) + " " + Math.fma(x, 3, 1) + " " + (float) x + " " + Double.toHexString(x / 3));
    }
    System.out.println(Math.round(-2.5) + " " + (int) 1e20 + " " + (long) Double.NaN + " " + -7 / 2 + " " + -7 % 3 + " " + (-7 >>> 28) + " " + Long.MIN_VALUE / -1 + " " + Integer.bitCount(0x12345) + " " + Long.numberOfLeadingZeros(99) + " " + 5.0 % 0.3 + " " + Math.rint(2.5) + " " + Math.multiplyHigh(1L << 62, 12345));
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    System.out.println(HexFormat.of().formatHex(sha.digest("x".repeat(100_000).getBytes(StandardCharsets.UTF_8))));
    CRC32 crc = new CRC32();
    crc.update(new byte[12345]);
    System.out.println(crc.getValue() + " " + String.format("%,d %.3f %08x %e", 1234567, Math.E, 48879, 12345.678) + " " + LocalDate.of(2024, 2, 29).plusYears(1).getDayOfWeek());
    System.out.println(area(new Circle(2)) + area(new Square(3)) + " " + "straße äö €".toUpperCase() + " " + "a1b22".replaceAll("\\d+", "<$0>") + " " + "text block".chars().sum());
    try {
      Object[] objects = new String[1];
      objects[0] = 1;
    } catch (ArrayStoreException e) {
      System.out.println(e);
    }
    try {
      System.out.println(1 / (words.length));
    } catch (ArithmeticException e) {
      System.out.println(e.getMessage());
    }
    try {
      deep(0);
    } catch (StackOverflowError e) {
      System.out.println("deep enough");
    }
    System.exit(7);
  }

  static int deep(int n) {
    return deep(n + 1) + 1;
  }
}
