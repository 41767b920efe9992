package io.oci2wasm.gateway.state.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.state.TestState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private static final Duration LONG = Duration.ofHours(1);

  @Test
  void shouldLeaseToOneUntilItEndsOrIsGivenBack() throws Exception {
    try (TestState state = TestState.open()) {
      Leases leases = new Leases(state.database());

      boolean first = leases.lease("batches", "a", LONG);
      boolean other = leases.lease("batches", "b", LONG);
      boolean renewed = leases.lease("batches", "a", LONG);
      leases.release("batches", "b");
      boolean stillOther = leases.lease("batches", "b", LONG);
      leases.release("batches", "a");
      boolean afterwards = leases.lease("batches", "b", Duration.ofSeconds(-1));
      boolean afterItsEnd = leases.lease("batches", "a", LONG);

      assertThat(new boolean[] {first, renewed, afterwards, afterItsEnd}).containsOnly(true);
      assertThat(new boolean[] {other, stillOther}).containsOnly(false);
    }
  }
}
