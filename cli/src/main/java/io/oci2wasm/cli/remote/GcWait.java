package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Follows a run of retention until it has ended. */
final class GcWait {
  static final String GC = "/api/v1/gc";

  private static final String INTERRUPTED = "interrupted; the run goes on in the gateway";
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** How long a gateway may be away. */
  static final Duration PATIENCE = Duration.ofSeconds(15);

  private final GatewayClient client;
  private final Duration patience;

  GcWait(GatewayClient client, Duration patience) {
    this.client = client;
    this.patience = patience;
  }

  /**
   * The report of the run that was begun.
   *
   * @throws UnavailableException if it failed, or no gateway answers
   */
  JsonNode report(JsonNode begun) throws RefusedCallException, IOException {
    String path = GC + "/" + begun.path("id").asText();
    JsonNode run = begun;
    while (run.path("state").asText().equals("running")) {
      Pause.of(PAUSE, INTERRUPTED);
      run = get(path);
    }
    if (run.path("state").asText().equals("done")) {
      return run.path("report");
    }
    throw new UnavailableException("gc: " + run.path("message").asText("it failed"), null);
  }

  private JsonNode get(String path) throws RefusedCallException, IOException {
    long begun = System.nanoTime();
    while (true) {
      try {
        return client.get(path, Map.of());
      } catch (UnavailableException e) {
        if (System.nanoTime() - begun > patience.toNanos()) {
          throw e;
        }
      }
      Pause.of(PAUSE, INTERRUPTED);
    }
  }
}
