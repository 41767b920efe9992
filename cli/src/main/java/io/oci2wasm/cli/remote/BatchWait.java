package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** Follows a batch until it has ended, and says on stderr how it goes. */
final class BatchWait {
  /** As for whatever else is refused: something of it was not converted. */
  private static final int INCOMPLETE = 1;

  private static final Patience PATIENCE =
      new Patience(Duration.ofSeconds(1), Duration.ofMinutes(1), "interrupted; the batch goes on");

  private static final Set<String> ENDED = Set.of("done", "failed", "cancelled");

  private final GatewayClient client;
  private final PrintWriter out;
  private final PrintWriter err;
  private final Clock clock;
  private String said = "";

  BatchWait(GatewayClient client, PrintWriter out, PrintWriter err) {
    this.client = client;
    this.out = out;
    this.err = err;
    this.clock = Clock.systemUTC();
  }

  /** Returns the exit code: 0 if every image was converted, reused or rightly left out. */
  int follow(String id) throws RefusedCallException, IOException {
    JsonNode batch =
        PATIENCE.until(
            () -> client.get("/api/v1/batches/" + id, Map.of()), BatchWait::hasEnded, this::say);
    BatchText.lines(batch, clock.instant()).forEach(out::println);
    out.flush();
    boolean complete =
        batch.path("state").asText().equals("done")
            && batch.path("images").path("failed").asInt() == 0;
    return complete ? 0 : INCOMPLETE;
  }

  private static boolean hasEnded(JsonNode batch) {
    return ENDED.contains(batch.path("state").asText())
        && batch.path("images").path("running").asInt() == 0;
  }

  private void say(JsonNode batch) {
    String progress = BatchText.progress(batch, clock.instant());
    if (!progress.equals(said)) {
      err.println(progress);
      err.flush();
      said = progress;
    }
  }
}
