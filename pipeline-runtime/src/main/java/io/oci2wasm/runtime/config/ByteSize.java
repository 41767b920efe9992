package io.oci2wasm.runtime.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A size with its unit as people write it: {@code 512}, {@code 64k}, {@code 8m}, {@code 1g}. */
public record ByteSize(long bytes) {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12})([kmg]?)");

  /**
   * Reads the written form.
   *
   * @throws IllegalArgumentException if {@code text} has another form
   */
  @JsonCreator
  public static ByteSize parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "size: found \"" + text + "\", expected a number with k, m or g, e.g. 64m");
    }
    return new ByteSize(Long.parseLong(matcher.group(1)) << shift(matcher.group(2)));
  }

  /** A size that is written without unit, which YAML takes for a number. */
  @JsonCreator
  static ByteSize ofBytes(long bytes) {
    return parse(Long.toString(bytes));
  }

  private static int shift(String unit) {
    return switch (unit) {
      case "k" -> 10;
      case "m" -> 20;
      case "g" -> 30;
      default -> 0;
    };
  }

  @JsonValue
  @Override
  public String toString() {
    if (bytes != 0 && bytes % (1 << 20) == 0) {
      return (bytes >> 20) + "m";
    }
    return bytes != 0 && bytes % (1 << 10) == 0 ? (bytes >> 10) + "k" : Long.toString(bytes);
  }
}
