package io.oci2wasm.api;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes as people write them: {@code 512}, {@code 64k}, {@code 8m}, {@code 1g}, {@code
 * 1t}. Each unit is 1024 times the one before it.
 */
public final class SizeText {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,18})([kmgt]?)");

  private SizeText() {}

  /** Whether {@code text} has the written form, however large it is. */
  public static boolean isSize(String text) {
    return FORM.matcher(text).matches();
  }

  /**
   * Reads the written form. {@code bytes(of(n)) == n} for every n that it gives.
   *
   * @throws IllegalArgumentException if {@code text} has another form, or is 8192 PiB and more
   */
  public static long bytes(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "size: found \"" + text + "\", expected a number with k, m, g or t, e.g. 64m");
    }
    long number = Long.parseLong(matcher.group(1));
    int shift = shift(matcher.group(2));
    if (number > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException(
          "size: found \"" + text + "\", expected less than 8388608t");
    }
    return number << shift;
  }

  private static int shift(String unit) {
    return switch (unit) {
      case "k" -> 10;
      case "m" -> 20;
      case "g" -> 30;
      case "t" -> 40;
      default -> 0;
    };
  }

  /** The written form, in k or m where nothing is lost by it. */
  public static String of(long bytes) {
    if (bytes != 0 && bytes % (1 << 20) == 0) {
      return (bytes >> 20) + "m";
    }
    return bytes != 0 && bytes % (1 << 10) == 0 ? (bytes >> 10) + "k" : Long.toString(bytes);
  }
}
