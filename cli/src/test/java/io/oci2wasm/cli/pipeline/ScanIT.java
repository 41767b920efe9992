package io.oci2wasm.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.cli.DockerRegistry;
import io.oci2wasm.cli.Samples;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.TopicFollower;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scans of Distribution's own registry, through a real broker. */
class ScanIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  private final List<BatchEntered> entered = new CopyOnWriteArrayList<>();
  private final List<BatchChanged> changed = new CopyOnWriteArrayList<>();

  @SuppressWarnings("NullAway.Init") // set before each test
  private DockerRegistry registry;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Pipeline pipeline;

  @SuppressWarnings("NullAway.Init") // set before each test
  private EventProducer producer;

  @SuppressWarnings("NullAway.Init") // set before each test
  private TopicFollower follower;

  @BeforeEach
  void start() throws Exception {
    DockerRegistry.assumeInstalled();
    registry = DockerRegistry.start(directory, "");
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(impatient(registry.host())),
            directory.resolve("data"));
    KafkaConfig kafka = KafkaConfig.DEFAULT.at(pipeline.bootstrapServers());
    producer = EventProducer.open(kafka, "test", Clock.systemUTC());
    follower =
        TopicFollower.start(
            kafka,
            List.of(Topics.BATCH_ENTERED, Topics.BATCH_CHANGED),
            new MemorySink(
                record -> {
                  if (record.partition().topic().equals(Topics.BATCH_ENTERED)) {
                    record.event(Topics.BATCH_ENTERED, BatchEntered.class).ifPresent(entered::add);
                  } else {
                    record.event(Topics.BATCH_CHANGED, BatchChanged.class).ifPresent(changed::add);
                  }
                }));
  }

  /** Leaves a registry that is away to the worker's own retries. */
  private static RegistriesConfig impatient(String host) {
    RegistriesConfig usual = RegistriesConfig.DEFAULT;
    return new RegistriesConfig(
        usual.allow(),
        List.of(host),
        null,
        usual.connectTimeout(),
        usual.readTimeout(),
        usual.totalTimeout(),
        1,
        null,
        usual.limits(),
        usual.hosts());
  }

  @AfterEach
  void stop() {
    if (follower != null) {
      follower.close();
      producer.close();
    }
    if (pipeline != null) {
      pipeline.close();
    }
    if (registry != null) {
      registry.close();
    }
  }

  @Test
  void shouldEnterWhatARealRegistryHasAndSayThatItIsAll() throws Exception {
    // Given
    push("team/app:1");
    push("team/app:2");
    push("other/app:1");
    push("team/app:sha256-" + "0".repeat(64));

    // When
    BatchRequested scan = scan("all", registry.host(), "team/*");
    BatchChanged end = end(scan);

    // Then
    assertThat(end.change()).as(String.valueOf(end.message())).isEqualTo(Change.LISTED);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(of(scan)).hasSize(2));
    // All of them are the same image.
    assertThat(end.entries()).isEqualTo(1);
    assertThat(of(scan)).extracting(ImageReference::tag).containsExactlyInAnyOrder("1", "2");
    assertThat(of(scan))
        .allMatch(image -> image.registry().equals(registry.host()))
        .allMatch(image -> image.repository().equals("team/app"))
        .allMatch(image -> image.digest() != null);
  }

  @Test
  void shouldFailAScanThatCannotBeListedAndGoOnWithTheNext() throws Exception {
    // Given
    push("team/app:1");

    // When
    BatchRequested forbidden = scan("forbidden", "registry.example", "team/*");
    BatchRequested allowed = scan("allowed", registry.host(), "team/app");

    // Then
    assertThat(end(forbidden).change()).isEqualTo(Change.FAILED);
    assertThat(end(forbidden).message())
        .contains("found registry registry.example")
        .contains("allow it by name");
    assertThat(end(allowed).change()).isEqualTo(Change.LISTED);
    assertThat(of(forbidden)).isEmpty();
  }

  @Test
  void shouldWaitForARegistryThatIsAwayAndListItWhenItIsBack() throws Exception {
    // Given
    push("team/app:1");
    registry.close();

    // When
    BatchRequested waiting = scan("waiting", registry.host(), "team/app");
    BatchRequested cancelled = request("cancelled", registry.host(), "team/app");
    producer.publish(
        List.of(new BatchChanged(cancelled.batchId(), Change.CANCELLED, null, Instant.now())));
    end(cancelled);
    producer.publish(List.of(cancelled));
    BatchRequested other = scan("other", "registry.example", "team/app");
    end(other);

    // Then
    assertThat(changed).noneMatch(change -> change.batchId().equals(waiting.batchId()));

    // When
    registry = registry.again();

    // Then
    assertThat(end(waiting).change()).isEqualTo(Change.LISTED);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(of(waiting)).hasSize(1));
    assertThat(of(cancelled)).isEmpty();
    assertThat(changed.stream().filter(change -> change.batchId().equals(cancelled.batchId())))
        .hasSize(1);
  }

  private void push(String image) throws Exception {
    registry.skopeoCopy("oci:" + Samples.LAYOUT, "docker://" + registry.host() + "/" + image);
  }

  private BatchRequested scan(String name, String host, String... repositories) throws Exception {
    BatchRequested request = request(name, host, repositories);
    producer.publish(List.of(request));
    return request;
  }

  private static BatchRequested request(String name, String host, String... repositories) {
    return new BatchRequested(
        RequestIds.of("test", host, name),
        Kind.SCAN,
        host,
        List.of(repositories),
        null,
        null,
        0,
        Instant.now());
  }

  private BatchChanged end(BatchRequested request) {
    return await()
        .atMost(PATIENCE)
        .until(
            () ->
                changed.stream()
                    .filter(change -> change.batchId().equals(request.batchId()))
                    .toList(),
            changes -> !changes.isEmpty())
        .get(0);
  }

  private List<ImageReference> of(BatchRequested request) {
    return entered.stream()
        .filter(event -> event.batchId().equals(request.batchId()))
        .map(BatchEntered::image)
        .toList();
  }
}
