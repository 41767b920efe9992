package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.cli.remote.ReplayCommand;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * What failed for good is listed, and replayed when its cause is gone; a rebuild changes nothing.
 */
class DeadLetterIT {
  private static final String REPOSITORY = "team/late";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path data;

  @Test
  void shouldConvertAnImageByReplayThatWasNotThereAtFirst() throws Exception {
    try (TestRegistry elsewhere = TestRegistry.start();
        TestRegistry registry = TestRegistry.start()) {
      Descriptor image = new SampleImage(elsewhere, REPOSITORY).image("riscv64", "late");
      String before;
      try (Pipeline pipeline = start(registry, false)) {
        PipelineClient client = client(pipeline);
        List<JsonNode> failed = client.push(registry, REPOSITORY, image);
        String id = openLetter(client);
        new SampleImage(registry, REPOSITORY).image("riscv64", "late");

        String dry = replay(pipeline, 0, "--reason", "not-found", "--dry-run");
        String first = replay(pipeline, 0, id);
        String second = replay(pipeline, 0, id);
        await()
            .atMost(PATIENCE)
            .until(() -> text(client.conversions(REPOSITORY).get(0), "state").equals("built"));
        client.awaitStages(client.conversions(REPOSITORY).get(0));
        await()
            .atMost(PATIENCE)
            .until(() -> Collections.frequency(states(request(client)), "ingesting") == 2);

        assertThat(failed).singleElement().matches(one -> text(one, "state").equals("failed"));
        assertThat(dry)
            .startsWith(
                "would-replay " + id + "  ingest not-found  " + registry.host() + "/" + REPOSITORY);
        assertThat(first).startsWith("replayed " + id);
        assertThat(second).startsWith("already-replayed " + id);
        assertThat(client.conversions(REPOSITORY)).hasSize(1);
        before = request(client);
        assertThat(states(before))
            .containsSubsequence("queued", "ingesting", "failed", "queued", "ingesting");
      }

      try (Pipeline pipeline = start(registry, true)) {
        PipelineClient client = client(pipeline);
        assertThat(request(client)).as("while it is computed anew").isEqualTo(before);
        await()
            .atMost(PATIENCE)
            .until(() -> client.get("/metrics").body().contains("state_rebuilds_total 1.0"));

        assertThat(request(client)).isEqualTo(before);
        assertThat(client.get("/api/v1/dead-letters?state=open").body()).contains("\"items\":[]");
      }
    }
  }

  private static String openLetter(PipelineClient client) throws Exception {
    JsonNode items =
        await()
            .atMost(PATIENCE)
            .until(() -> client.deadLetters("repository=team/*"), found -> found.size() == 1);
    assertThat(text(items.get(0), "stage")).isEqualTo("ingest");
    assertThat(text(items.get(0), "reason")).isEqualTo("not-found");
    assertThat(text(items.get(0), "state")).isEqualTo("open");
    return text(items.get(0), "id");
  }

  private static String request(PipelineClient client) throws Exception {
    String id = text(client.conversions(REPOSITORY).get(0), "requestId");
    return client.get("/api/v1/requests/" + id).body();
  }

  private static List<String> states(String request) throws Exception {
    return Json.MAPPER.readTree(request).path("history").findValuesAsText("state");
  }

  private static String replay(Pipeline pipeline, int code, String... words) {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new ReplayCommand()).setOut(new PrintWriter(out, true));
    String[] arguments = new String[words.length + 2];
    arguments[0] = "--gateway";
    arguments[1] = pipeline.address().toString();
    System.arraycopy(words, 0, arguments, 2, words.length);
    assertThat(command.execute(arguments)).isEqualTo(code);
    return out.toString();
  }

  private Pipeline start(TestRegistry registry, boolean rebuild) throws Exception {
    return Pipeline.start(
        PipelineConfig.DEFAULT
            .with(GatewayConfig.DEFAULT.onPort(0))
            .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host()))),
        data,
        rebuild);
  }

  private static PipelineClient client(Pipeline pipeline) {
    return new PipelineClient(pipeline.address(), "unused");
  }
}
