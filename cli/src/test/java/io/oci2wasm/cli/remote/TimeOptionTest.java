package io.oci2wasm.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeOptionTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);

  @ParameterizedTest
  @CsvSource({
    "2026-11-20T06:40:23Z, 2026-11-20T06:40:23Z",
    "2026-11-20,           2026-11-20T00:00:00Z",
    "7d,                   2026-11-17T12:00:00Z",
    "12h,                  2026-11-24T00:00:00Z",
    "90m,                  2026-11-24T10:30:00Z",
    "1s,                   2026-11-24T11:59:59Z",
  })
  void shouldReadTimesDaysAndHowLongAgo(String text, Instant expected) {
    assertThat(TimeOption.parse(text, CLOCK)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "7", "7w", "-1d", "2026-13-01", "2026-11-20T06:40:23"})
  void shouldRefuseTheRest(String text) {
    assertThatThrownBy(() -> TimeOption.parse(text, CLOCK))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("found \"" + text + "\", expected a time");
  }
}
