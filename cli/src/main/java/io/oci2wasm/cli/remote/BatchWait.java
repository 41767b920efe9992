package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** Follows a batch until it has ended, and says on stderr how it goes. */
final class BatchWait {
  /** As for whatever else is refused: something of it was not converted. */
  private static final int INCOMPLETE = 1;

  private static final String INTERRUPTED = "interrupted; the batch goes on";
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How long a gateway may be away, e.g. to be started anew. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final Set<String> ENDED = Set.of("done", "failed", "cancelled");

  private final GatewayClient client;
  private final PrintWriter out;
  private final PrintWriter err;
  private final Clock clock;

  BatchWait(GatewayClient client, PrintWriter out, PrintWriter err) {
    this.client = client;
    this.out = out;
    this.err = err;
    this.clock = Clock.systemUTC();
  }

  /** Returns the exit code: 0 if every image was converted, reused or rightly left out. */
  int follow(String id) throws RefusedCallException, IOException {
    String said = "";
    while (true) {
      JsonNode batch = get(id);
      String progress = BatchText.progress(batch, clock.instant());
      if (ENDED.contains(batch.path("state").asText())
          && batch.path("images").path("running").asInt() == 0) {
        BatchText.lines(batch, clock.instant()).forEach(out::println);
        out.flush();
        return batch.path("state").asText().equals("done")
                && batch.path("images").path("failed").asInt() == 0
            ? 0
            : INCOMPLETE;
      }
      if (!progress.equals(said)) {
        err.println(progress);
        err.flush();
        said = progress;
      }
      Pause.of(PAUSE, INTERRUPTED);
    }
  }

  private JsonNode get(String id) throws RefusedCallException, IOException {
    Instant end = clock.instant().plus(PATIENCE);
    while (true) {
      try {
        return client.get("/api/v1/batches/" + id, Map.of());
      } catch (UnavailableException e) {
        if (clock.instant().isAfter(end)) {
          throw e;
        }
        Pause.of(PAUSE, INTERRUPTED);
      }
    }
  }
}
