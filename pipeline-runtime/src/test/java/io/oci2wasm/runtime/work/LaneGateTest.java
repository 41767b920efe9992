package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Lane;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LaneGateTest {
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1);
  private final LaneGate gate = new LaneGate(nanoTime::get);

  @Test
  void shouldLetBulkBeginWhileNoPushHasCome() throws Exception {
    gate.enter(Lane.BULK);

    assertThat(gate.awaitTurn(Lane.BULK, 0)).isTrue();
    assertThat(gate.awaitTurn(Lane.BULK, 0)).isTrue();
  }

  @Test
  void shouldHoldBulkBackWhileAPushRuns() throws Exception {
    gate.enter(Lane.PUSH);
    pass(Duration.ofMillis(4999));

    assertThat(gate.awaitTurn(Lane.BULK, 0)).isFalse();
  }

  @Test
  void shouldNeverHoldAPushBack() throws Exception {
    gate.enter(Lane.PUSH);
    gate.enter(Lane.BULK);

    assertThat(gate.awaitTurn(Lane.PUSH, 0)).isTrue();
  }

  @Test
  void shouldHoldBulkBackAMomentAfterTheLastPush() throws Exception {
    gate.enter(Lane.PUSH);
    gate.enter(Lane.PUSH);
    gate.leave(Lane.PUSH);
    pass(Duration.ofSeconds(1));
    assertThat(gate.awaitTurn(Lane.BULK, 0)).isFalse();

    gate.leave(Lane.PUSH);

    pass(Duration.ofMillis(499));
    assertThat(gate.awaitTurn(Lane.BULK, 0)).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(gate.awaitTurn(Lane.BULK, 0)).isTrue();
  }

  @Test
  void shouldLetOneBulkTaskBeginEveryFewSecondsWhateverIsPushed() throws Exception {
    gate.enter(Lane.PUSH);
    pass(Duration.ofSeconds(5));

    assertThat(gate.awaitTurn(Lane.BULK, 0)).isTrue();
    assertThat(gate.awaitTurn(Lane.BULK, 0)).isFalse();
    pass(Duration.ofSeconds(5));
    assertThat(gate.awaitTurn(Lane.BULK, 0)).isTrue();
  }

  @Test
  void shouldWakeBulkWhenItsTurnHasCome() throws Exception {
    LaneGate gate = new LaneGate();
    gate.enter(Lane.PUSH);
    CompletableFuture<Boolean> turn =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return gate.awaitTurn(Lane.BULK, 10_000);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });

    gate.leave(Lane.PUSH);

    assertThat(turn.get(4, TimeUnit.SECONDS)).isTrue();
  }

  private void pass(Duration time) {
    nanoTime.addAndGet(time.toNanos());
  }
}
