package io.oci2wasm.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final long BEGIN = 5_000_000_000L;

  @Test
  void shouldLetPassSoManyASecondAndNoUnusedOnesLater() {
    RateLimit limit = new RateLimit(4, 0, BEGIN);
    long later = BEGIN + Duration.ofSeconds(60).toNanos();

    assertThat(limit.take(1, BEGIN)).isZero();
    assertThat(limit.take(1, BEGIN)).hasMillis(250);
    assertThat(limit.take(2, later)).isZero();
    assertThat(limit.take(1, later)).hasMillis(500);
  }

  @Test
  void shouldKeepUnusedOnesForABurst() {
    RateLimit limit = new RateLimit(10, 6, BEGIN);
    long later = BEGIN + Duration.ofMillis(300).toNanos();
    long muchLater = BEGIN + Duration.ofHours(1).toNanos();

    assertThat(limit.available(BEGIN)).isEqualTo(1);
    assertThat(limit.available(later)).isEqualTo(4);
    assertThat(limit.take(5, later)).isZero();
    assertThat(limit.available(later)).isZero();
    assertThat(limit.available(muchLater)).isEqualTo(6);
  }

  @Test
  void shouldLetEverythingPassWithoutALimit() {
    RateLimit limit = new RateLimit(0, 0, BEGIN);

    assertThat(limit.take(1_000_000, BEGIN)).isZero();
    assertThat(limit.take(1_000_000, BEGIN)).isZero();
    assertThat(limit.available(BEGIN)).isEqualTo(Integer.MAX_VALUE);
  }
}
