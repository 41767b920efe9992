package io.oci2wasm.gateway.state.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TestDatabase;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Holds what is kept of batches against their images. */
public final class BatchCountsCheck {
  private static final String BATCHES =
      "SELECT batch_id FROM batch_entry UNION SELECT batch_id FROM batch_count";

  private BatchCountsCheck() {}

  /** Asserts that all batches are counted as if somebody counted now. */
  public static void assertKept(StateDatabase database) {
    TestDatabase.jdbi(database).useHandle(BatchCountsCheck::assertKept);
  }

  private static void assertKept(Handle handle) {
    List<String> batches = handle.createQuery(BATCHES).mapTo(String.class).list();
    for (String batch : batches) {
      assertThat(BatchCounts.kept(handle, batch))
          .as("kept of batch %s", batch)
          .containsExactlyInAnyOrderElementsOf(BatchCounts.counted(handle, batch));
    }
  }
}
