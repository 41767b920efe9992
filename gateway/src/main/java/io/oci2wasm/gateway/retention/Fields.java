package io.oci2wasm.gateway.retention;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Fields of a line that is sorted: text without tabs, and times that sort as text. */
final class Fields {
  private static final String SEPARATOR = "\t";
  private static final long LAST = 9_999_999_999_999_999L;

  private Fields() {}

  static String line(String... fields) {
    return String.join(SEPARATOR, fields);
  }

  static String[] of(String line) {
    return line.split(SEPARATOR, -1);
  }

  /** What comes before the first tab. */
  static String first(String line) {
    int end = line.indexOf('\t');
    return end < 0 ? line : line.substring(0, end);
  }

  /** In microseconds, as the database keeps them: the earliest sorts first. */
  static String time(Instant time) {
    return number(ChronoUnit.MICROS.between(Instant.EPOCH, time));
  }

  /** The latest sorts first. */
  static String backwards(Instant time) {
    return number(LAST - ChronoUnit.MICROS.between(Instant.EPOCH, time));
  }

  private static String number(long micros) {
    String digits = Long.toString(Math.max(0, Math.min(LAST, micros)));
    return "0".repeat(16 - digits.length()) + digits;
  }

  static Instant time(String field) {
    return Instant.EPOCH.plus(Long.parseLong(field), ChronoUnit.MICROS);
  }

  static Instant backwards(String field) {
    return Instant.EPOCH.plus(LAST - Long.parseLong(field), ChronoUnit.MICROS);
  }

  static String flag(boolean value) {
    return value ? "1" : "0";
  }

  static boolean flag(String field) {
    return field.equals("1");
  }
}
