package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Lane;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LaneGateTest {
  private final LaneGate gate = new LaneGate();

  @Test
  void shouldLetBulkBeginWhileNoPushRuns() throws Exception {
    gate.enter(Lane.BULK);

    assertThat(gate.awaitTurn(Lane.BULK, 1)).isTrue();
  }

  @Test
  void shouldHoldBulkBackWhileAPushRuns() throws Exception {
    gate.enter(Lane.PUSH);

    assertThat(gate.awaitTurn(Lane.BULK, 20)).isFalse();
  }

  @Test
  void shouldNeverHoldAPushBack() throws Exception {
    gate.enter(Lane.PUSH);
    gate.enter(Lane.BULK);

    assertThat(gate.awaitTurn(Lane.PUSH, 1)).isTrue();
  }

  @Test
  void shouldLetBulkBeginOnceTheLastPushHasEnded() throws Exception {
    gate.enter(Lane.PUSH);
    gate.enter(Lane.PUSH);
    gate.leave(Lane.PUSH);
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

    assertThat(turn.get(5, TimeUnit.SECONDS)).isTrue();
  }
}
