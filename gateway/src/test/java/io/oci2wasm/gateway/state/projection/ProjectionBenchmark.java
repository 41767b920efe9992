package io.oci2wasm.gateway.state.projection;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.runtime.event.TopicBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fast the projection fills a database: {@code ProjectionBenchmark REQUESTS URL [USER]}. Prints
 * events a second. {@code .ci/rebuild_speed.sh} runs it for H2 and PostgreSQL.
 */
final class ProjectionBenchmark {
  /** As many as TopicFollower reads at once. */
  private static final int AT_ONCE = 2000;

  private ProjectionBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int requests = Integer.parseInt(arguments[0]);
    @Nullable String user = arguments.length > 2 ? arguments[2] : null;
    SampleRecords records = new SampleRecords();
    for (int i = 0; i < requests; i++) {
      new SampleRequest("r" + i, i).everything().forEach(records::add);
    }
    try (StateDatabase database =
        StateDatabase.open(new DatabaseConfig(arguments[1], user, null, null, 4, null))) {
      database.clear();
      StateProjection projection =
          new StateProjection(
              database, MemorySnapshots.none(), touched -> {}, new SimpleMeterRegistry());
      List<TopicBatch> batches =
          records.batches(
              projection.positions(SampleRecords.CLUSTER, records.available()), AT_ONCE);
      long start = System.nanoTime();
      int done = 0;
      for (TopicBatch batch : batches) {
        projection.accept(batch);
        done += batch.records().size();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.err.printf("%d events, %.1f s, %.0f/s%n", done, seconds, done / seconds);
      }
      System.out.printf("%.0f%n", done / ((System.nanoTime() - start) / 1e9));
    }
  }
}
