package io.oci2wasm.gateway.batch;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchCountsCheck;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.testsupport.SettableClock;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchRecountTest {
  private static final int ENOUGH = 5;

  private final SettableClock clock = new SettableClock(time(0));

  /** A gateway without counts has begun an image in each of two batches. */
  @Test
  void shouldRepairEveryBatchOnceItIsTime() throws Exception {
    SampleBatch one = new SampleBatch(Kind.RECONVERT, "1".repeat(32), 0);
    SampleBatch two = new SampleBatch(Kind.RECONVERT, "2".repeat(32), 0);
    try (TestState state = TestState.open()) {
      BatchTransactions transactions = new BatchTransactions(state.database(), clock);
      BatchRecount recount = new BatchRecount(transactions, clock);
      for (SampleBatch batch : List.of(one, two)) {
        state.acceptBatches(List.of(batch.requested(), batch.entered("app-" + batch.id())));
      }
      int changed =
          state
              .database()
              .alone("test", handle -> handle.execute("UPDATE batch_entry SET state = 'running'"));
      BatchReader view = new BatchReader(state.database(), clock);

      steps(recount);
      int before = view.find(one.id()).orElseThrow().counts().images().running();
      clock.pass(BatchRecount.FIRST);
      steps(recount);

      assertThat(changed).isEqualTo(2);
      assertThat(before).as("too early").isZero();
      assertThat(view.find(one.id()).orElseThrow().counts().images().running()).isEqualTo(1);
      assertThat(view.find(two.id()).orElseThrow().counts().images().running()).isEqualTo(1);
      BatchCountsCheck.assertKept(state.database());
    }
  }

  private static void steps(BatchRecount recount) throws Exception {
    for (int i = 0; i < ENOUGH; i++) {
      recount.step();
    }
  }
}
