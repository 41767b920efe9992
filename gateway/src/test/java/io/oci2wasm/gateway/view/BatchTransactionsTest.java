package io.oci2wasm.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchTransactionsTest {
  private static final Duration LONG = Duration.ofHours(1);

  @Test
  void shouldLeaseToOneUntilItEndsOrIsGivenBack() throws Exception {
    try (TestState state = TestState.open()) {
      BatchTransactions transactions = new BatchTransactions(state.database(), Clock.systemUTC());

      boolean first = transactions.lease("batches", "a", LONG);
      boolean other = transactions.lease("batches", "b", LONG);
      boolean renewed = transactions.lease("batches", "a", LONG);
      transactions.release("batches", "b");
      boolean stillOther = transactions.lease("batches", "b", LONG);
      transactions.release("batches", "a");
      boolean afterwards = transactions.lease("batches", "b", Duration.ofSeconds(-1));
      boolean afterItsEnd = transactions.lease("batches", "a", LONG);

      assertThat(new boolean[] {first, renewed, afterwards, afterItsEnd}).containsOnly(true);
      assertThat(new boolean[] {other, stillOther}).containsOnly(false);
    }
  }
}
