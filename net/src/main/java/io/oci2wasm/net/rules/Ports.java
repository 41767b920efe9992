package io.oci2wasm.net.rules;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Numbers of ports. */
final class Ports {
  private static final int LAST = 65_535;
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");

  private Ports() {}

  /** 1 to 65535; empty if {@code text} is anything else. */
  static OptionalInt parse(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return OptionalInt.empty();
    }
    int number = Integer.parseInt(text);
    return number >= 1 && number <= LAST ? OptionalInt.of(number) : OptionalInt.empty();
  }
}
