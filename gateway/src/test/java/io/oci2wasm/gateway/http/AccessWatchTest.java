package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.testsupport.SettableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AccessWatchTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-29T10:00:00Z"));
  private boolean known = true;
  private int asked;
  private final AccessWatch watch =
      new AccessWatch(
          () -> {
            asked++;
            return known;
          },
          clock);

  @Test
  void shouldAskOnceASecondHoweverOftenItIsAsked() {
    for (int i = 0; i < 1000; i++) {
      assertThat(watch.isStillKnown()).isTrue();
    }
    assertThat(asked).isZero();

    for (int tenth = 0; tenth < 30; tenth++) {
      clock.pass(Duration.ofMillis(100));
      assertThat(watch.isStillKnown()).isTrue();
    }

    assertThat(asked).isEqualTo(3);
  }

  @Test
  void shouldNoticeWithinASecondThatNobodyIsKnownAnyMore() {
    known = false;
    assertThat(watch.isStillKnown()).isTrue();

    clock.pass(Duration.ofSeconds(1));

    assertThat(watch.isStillKnown()).isFalse();
    assertThat(watch.isStillKnown()).isFalse();
    assertThat(asked).isOne();
  }

  @Test
  void shouldAskThoughTheClockWasSetBack() {
    clock.pass(Duration.ofHours(-1));
    known = false;

    assertThat(watch.isStillKnown()).isFalse();
  }
}
