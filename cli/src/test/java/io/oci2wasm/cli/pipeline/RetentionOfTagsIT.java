package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.ingest.delivery.DeliveryConfig;
import io.oci2wasm.ingest.delivery.SignerConfig;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bundles go back to a registry that tells of them as of any push and leaves out what they refer
 * to, while retention keeps two images of each repository.
 */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class RetentionOfTagsIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final String REPOSITORY = "team/app";
  private static final String ARTIFACT = "PUT /v2/team/app/manifests/";

  /** So that our own artifacts, pushed by digest, make requests. */
  private static final ConversionRule UNTAGGED =
      new ConversionRule(null, null, null, List.of(), null, null, true);

  @TempDir private Path directory;
  private TestRegistry registry;
  private Pipeline pipeline;
  private PipelineClient client;

  @BeforeEach
  void start() throws Exception {
    registry = TestRegistry.start();
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
                .with(new ConversionRules(Platform.WITH_ENGINE, List.of(UNTAGGED)))
                .with(
                    new DeliveryConfig(
                        List.of(new Glob(registry.host() + "/team/*")),
                        null,
                        SignerConfig.NONE,
                        null,
                        WorkerConfig.of(1)))
                .with(new RetentionConfig(null, SECOND, null, 2, true, SECOND, null)),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), "unused");
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(client.isUp()).isTrue());
  }

  @AfterEach
  void stop() {
    pipeline.close();
    registry.close();
  }

  @Test
  void shouldKeepTheNewestTagsWhateverWePushBack() throws Exception {
    for (int tag = 1; tag <= 5; tag++) {
      Descriptor image = new SampleImage(registry, REPOSITORY).image("riscv64", "v" + tag);
      List<JsonNode> unused = client.push(registry, REPOSITORY, image, "v" + tag);
      int delivered = tag;
      await().atMost(PATIENCE).until(() -> artifacts().size() == delivered);
    }
    for (String artifact : artifacts()) {
      Sha256Digest digest = Sha256Digest.parse(artifact.substring(ARTIFACT.length()));
      int size = registry.pushed("/v2/team/app/manifests/" + digest).length;
      List<JsonNode> unused =
          client.push(
              registry, REPOSITORY, new Descriptor(MediaTypes.OCI_MANIFEST, digest, size), null);
    }
    List<JsonNode> before = client.conversions(REPOSITORY);
    assertThat(before).filteredOn(one -> text(one, "state").equals("skipped")).hasSize(5);

    JsonNode report =
        await()
            .atMost(PATIENCE)
            .until(
                () -> client.gc(false),
                one -> one.path("removed").size() > 0 && one.path("spared").asInt() == 0);

    for (JsonNode built : before) {
      if (text(built, "state").equals("built")) {
        String tag = text(built.path("image"), "tag");
        assertThat(client.bundle(text(built, "conversionId")).statusCode())
            .as(tag + " after " + report)
            .isEqualTo(List.of("v4", "v5").contains(tag) ? 200 : 404);
      }
    }
  }

  private List<String> artifacts() {
    return registry.pushes().stream()
        .filter(push -> push.startsWith(ARTIFACT + "sha256:"))
        .toList();
  }
}
