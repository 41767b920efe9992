package io.oci2wasm.cli.remote;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** TimeOption as people give them. */
final class TimeOption {
  private static final Pattern AGO = Pattern.compile("([0-9]{1,6})([smhd])");
  private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
  private static final Map<String, Duration> UNITS =
      Map.of(
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  private TimeOption() {}

  /**
   * Reads an RFC 3339 time, a day (from its beginning in UTC), or how long ago, e.g. {@code 7d}.
   *
   * @throws IllegalArgumentException if {@code text} is something else
   */
  static Instant parse(String text, Clock clock) {
    Matcher ago = AGO.matcher(text);
    try {
      if (ago.matches()) {
        Duration unit = UNITS.getOrDefault(ago.group(2), Duration.ZERO);
        return clock.instant().minus(unit.multipliedBy(Long.parseLong(ago.group(1))));
      }
      return DAY.matcher(text).matches()
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          String.format(
              "found \"%s\", expected a time such as 2026-11-24T06:40:23Z, a day such as"
                  + " 2026-11-24, or how long ago: 90s, 30m, 12h, 7d",
              text),
          e);
    }
  }
}
