package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.event.RetryMark;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
  private static final Instant NOW = Instant.parse("2026-11-24T06:40:23Z");
  private static final WorkerConfig CONFIG =
      WorkerConfig.of(1)
          .retrying(Duration.ofSeconds(2), Duration.ofSeconds(60), Duration.ofHours(24));

  private final RetryPolicy policy = new RetryPolicy(CONFIG, new Random(7));

  @ParameterizedTest
  @CsvSource({"1, 1, 2", "2, 2, 4", "5, 16, 32", "6, 30, 60", "7, 30, 60", "200000000, 30, 60"})
  void shouldDoubleThePauseUpToTheLongestWithJitter(int attempt, int least, int most) {
    for (int i = 0; i < 100; i++) {
      RetryMark next = policy.next(new RetryMark(attempt, NOW, NOW), NOW, null).orElseThrow();

      assertThat(next.attempt()).isEqualTo(attempt + 1);
      assertThat(next.firstFailed()).isEqualTo(NOW);
      assertThat(next.notBefore()).isBetween(NOW.plusSeconds(least), NOW.plusSeconds(most));
    }
  }

  @Test
  void shouldSpreadWhatFailedTogether() {
    long different =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(i -> policy.next(RetryMark.FIRST, NOW, null).orElseThrow().notBefore())
            .distinct()
            .count();

    assertThat(different).isGreaterThan(50);
  }

  @Test
  void shouldWaitAsLongAsTheOtherSideAsks() {
    Duration asked = Duration.ofMinutes(10);

    RetryMark next = policy.next(RetryMark.FIRST, NOW, asked).orElseThrow();

    assertThat(next.notBefore()).isBetween(NOW.plus(asked), NOW.plus(asked).plusSeconds(2));
  }

  @Test
  void shouldNotComeSoonerThanItsOwnPauseWhateverTheOtherSideAsks() {
    RetryMark next = policy.next(new RetryMark(6, NOW, NOW), NOW, Duration.ZERO).orElseThrow();

    assertThat(next.notBefore()).isAfterOrEqualTo(NOW.plusSeconds(30));
  }

  @Test
  void shouldGiveUpWhenTheNextAttemptWouldBeTooLate() {
    Instant first = NOW.minus(Duration.ofHours(24));

    assertThat(policy.next(new RetryMark(9, first, NOW), NOW, null)).isEmpty();
    assertThat(policy.next(new RetryMark(9, first.plusSeconds(61), NOW), NOW, null)).isPresent();
    assertThat(policy.next(RetryMark.FIRST, NOW, Duration.ofHours(25))).isEmpty();
  }

  @Test
  void shouldRefuseALongestPauseBelowTheFirst() {
    Duration first = CONFIG.retryMax().plusMillis(1);

    assertThatThrownBy(() -> CONFIG.retrying(first, CONFIG.retryMax(), CONFIG.retryFor()))
        .hasMessage("retryMax: found 60000ms, expected retryFirst (60001ms) or more");
  }
}
