package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pipeline has taken and made is there after it was stopped and started. */
class PipelineRestartIT {
  @TempDir private Path data;

  @Test
  void shouldRememberItsConversionsAndReuseItsBundles() throws Exception {
    try (TestRegistry registry = TestRegistry.start()) {
      Descriptor image = new SampleImage(registry, "team/restart").image("riscv64", "restart");
      List<JsonNode> before;
      try (Pipeline pipeline = start(registry)) {
        PipelineClient client = client(pipeline);
        client.awaitStages(client.push(registry, "team/restart", image).get(0));
        before = client.conversions("team/restart");
      }

      try (Pipeline pipeline = start(registry)) {
        PipelineClient client = client(pipeline);
        await().atMost(Duration.ofMinutes(2)).until(client::isUp);
        assertThat(client.conversions("team/restart")).isEqualTo(before);
        List<JsonNode> after = client.push(registry, "team/restart", image);

        assertThat(after).hasSize(2);
        assertThat(text(after.get(0), "reused")).isEqualTo("true");
        assertThat(client.bundle(text(after.get(0), "conversionId")).statusCode()).isEqualTo(200);
      }
    }
  }

  private Pipeline start(TestRegistry registry) throws Exception {
    return Pipeline.start(
        PipelineConfig.DEFAULT
            .with(GatewayConfig.DEFAULT.onPort(0))
            .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host()))),
        data);
  }

  private static PipelineClient client(Pipeline pipeline) {
    return new PipelineClient(pipeline.address(), "unused");
  }
}
