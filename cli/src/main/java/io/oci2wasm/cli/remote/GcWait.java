package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Follows a run of retention until it has ended. */
final class GcWait {
  static final String GC = "/api/v1/gc";

  /** How long a gateway may be away. */
  static final Duration PATIENCE = Duration.ofSeconds(15);

  private final GatewayClient client;
  private final Patience patience;

  GcWait(GatewayClient client, Duration patience) {
    this.client = client;
    this.patience =
        new Patience(
            Duration.ofMillis(500), patience, "interrupted; the run goes on in the gateway");
  }

  /**
   * The report of the run that was begun.
   *
   * @throws UnavailableException if it failed, or no gateway answers
   */
  JsonNode report(JsonNode begun) throws RefusedCallException, IOException {
    String path = GC + "/" + begun.path("id").asText();
    JsonNode run =
        patience.until(
            () -> client.get(path, Map.of()),
            answer -> !answer.path("state").asText().equals("running"),
            answer -> {});
    if (run.path("state").asText().equals("done")) {
      return run.path("report");
    }
    throw new UnavailableException("gc: " + run.path("message").asText("it failed"), null);
  }
}
