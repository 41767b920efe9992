package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.Records;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * This version and the next one on the same topics: what the next one wrote is set aside by this
 * one and worked on by itself after the upgrade; and after a way back nothing stands still.
 */
class UpgradeIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String REPOSITORY = "team/upgraded";
  private static final String DATA = "oci2wasm.test.upgrade.data";
  private static final String REGISTRY = "oci2wasm.test.upgrade.registry";
  private static final String FAILED = RequestIds.of("next", "version", "failed");
  private static final String INGESTED = RequestIds.of("next", "version", "ingested");

  @TempDir private Path directory;

  @Test
  void shouldWorkAfterTheUpgradeOnWhatOnlyTheNextVersionReads() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    try (TestRegistry registry = TestRegistry.start();
        NextVersion next = NextVersion.compile(Files.createDirectory(directory.resolve("next")))) {
      System.setProperty(DATA, data.toString());
      System.setProperty(REGISTRY, registry.host());
      Descriptor image = new SampleImage(registry, REPOSITORY).image("riscv64", "before");
      try (Pipeline today = start(false)) {
        PipelineClient client = client(today);
        JsonNode built = client.push(registry, REPOSITORY, image).get(0);
        write(today.bootstrapServers(), ofTheFuture(built, image));
        // Of what a worker set aside too its own letter is shown, as soon as it is read.
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(newer(client))
                        .extracting(letter -> text(letter, "source"))
                        .containsExactlyInAnyOrder("gateway", "pipeline"));
        assertThat(newer(client))
            .allSatisfy(letter -> assertThat(text(letter, "message")).contains(NextVersion.REASON));
        assertThat(client.get("/api/v1/requests/" + FAILED).statusCode()).isEqualTo(404);
        assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
        push(client, registry, "today");
      }

      Object upgraded = next.call(AfterTheUpgrade.class);

      assertThat(upgraded).isEqualTo(true);
      try (Pipeline today = start(true)) {
        PipelineClient client = client(today);
        await().atMost(PATIENCE).until(() -> client.get("/health/ready").statusCode() == 200);
        push(client, registry, "back");

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(newer(client)).isNotEmpty());
        assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
      }
    } finally {
      System.clearProperty(DATA);
      System.clearProperty(REGISTRY);
    }
  }

  /** Of the next version all classes are its own: only what Java itself has comes and goes. */
  static final class AfterTheUpgrade implements Callable<Object> {
    @Override
    public Object call() throws Exception {
      try (Pipeline pipeline = start(false)) {
        PipelineClient client = client(pipeline);
        await().atMost(PATIENCE).until(() -> newer(client).isEmpty());
        await().atMost(PATIENCE).until(() -> ended(client, FAILED) && ended(client, INGESTED));

        for (String request : List.of(FAILED, INGESTED)) {
          JsonNode failed = request(client, request).path("conversions").get(0);
          assertThat(text(failed, "state")).isEqualTo("failed");
          assertThat(text(failed, "reason")).isEqualTo(NextVersion.REASON);
        }
      }
      return true;
    }
  }

  private static boolean ended(PipelineClient client, String request) throws Exception {
    return request(client, request).path("ended").asBoolean();
  }

  private static JsonNode request(PipelineClient client, String id) throws Exception {
    return Json.MAPPER.readTree(client.get("/api/v1/requests/" + id).body());
  }

  private static List<JsonNode> newer(PipelineClient client) throws Exception {
    JsonNode items = client.deadLetters("state=open&reason=newer-version&limit=50");
    return List.copyOf(items.findParents("deadAt"));
  }

  private static void push(PipelineClient client, TestRegistry registry, String name)
      throws Exception {
    Descriptor image = new SampleImage(registry, "team/" + name).image("riscv64", name);

    assertThat(client.push(registry, "team/" + name, image))
        .singleElement()
        .matches(one -> text(one, "state").equals("built"));
  }

  /** An end, and an image of which one platform could not be had, for a reason of the future. */
  private static List<ProducerRecord<byte[], byte[]>> ofTheFuture(
      JsonNode built, Descriptor manifest) throws Exception {
    ImageReference image =
        Json.MAPPER
            .treeToValue(built.path("image"), ImageReference.class)
            .withDigest(manifest.digest());
    Platform platform = Platform.parse("linux/riscv64");
    return List.of(
        record(
            new ConversionFailed(
                FAILED,
                Lane.PUSH,
                Stage.INGEST,
                image,
                null,
                null,
                Reason.TIME_LIMIT,
                "the quota is exceeded",
                null)),
        record(
            new ImageIngested(
                INGESTED,
                Lane.PUSH,
                image,
                manifest,
                new ImageIngested.Blobs(1, 0, 0),
                List.of(
                    new ImageIngested.PlatformFailure(
                        manifest, platform, Reason.TIME_LIMIT, "the quota is exceeded")))));
  }

  /** As the next version writes it: with its own word, and a member that this one lacks. */
  private static ProducerRecord<byte[], byte[]> record(TopicEvent event) throws Exception {
    OutgoingRecord outgoing = Records.outgoing(event, "next", Instant.now());
    ObjectNode data =
        (ObjectNode) Json.MAPPER.readTree(RecordCopy.decode(outgoing.record().value()));
    String json =
        data.put("future", 1)
            .toString()
            .replace("\"" + Reason.TIME_LIMIT + "\"", "\"" + NextVersion.REASON + "\"");
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(outgoing.topic(), json.getBytes(StandardCharsets.UTF_8));
    outgoing
        .record()
        .headers()
        .forEach(
            header ->
                record
                    .headers()
                    .add(header.name(), RecordCopy.decode(Objects.requireNonNull(header.value()))));
    assertThat(record.topic())
        .isIn(Topics.CONVERSION_FAILED, Topics.work(Topics.IMAGE_INGESTED, Lane.PUSH));
    return record;
  }

  private static void write(String servers, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (ProducerRecord<byte[], byte[]> record : records) {
        producer.send(record).get();
      }
    }
  }

  private static PipelineClient client(Pipeline pipeline) {
    return new PipelineClient(pipeline.address(), "unused");
  }

  private static Pipeline start(boolean rebuild) throws Exception {
    return Pipeline.start(
        PipelineConfig.DEFAULT
            .with(GatewayConfig.DEFAULT.onPort(0))
            .with(
                RegistriesConfig.DEFAULT.and(
                    List.of(), List.of(System.getProperty(REGISTRY, "none")))),
        Path.of(System.getProperty(DATA, "none")),
        rebuild);
  }
}
