package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.buildworker.BuildConfig;
import io.oci2wasm.buildworker.BuildMain;
import io.oci2wasm.buildworker.BundlesConfig;
import io.oci2wasm.buildworker.Scratch;
import io.oci2wasm.buildworker.TranslateConfig;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.LaneGate;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Suspects;
import io.oci2wasm.runtime.work.Worker;
import io.oci2wasm.runtime.work.WorkerConfig;
import io.oci2wasm.testsupport.AtOnce;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a build-worker does with images that take long, through real Kafka and S3 servers. */
class BuildLimitsIT {
  private static final String GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
  private static final int LAYER_BYTES = 48 << 20;
  private static final ByteSize AMPLE = new ByteSize(4L << 30);

  private static byte[] tar = {};
  private static byte[] gzip = {};

  @TempDir private Path directory;

  @BeforeAll
  static void makeLayer() throws Exception {
    byte[] noise = new byte[LAYER_BYTES];
    new Random(1).nextBytes(noise);
    tar = new TestLayer().file("noise", noise).tar();
    gzip = TestLayer.gzip(tar);
  }

  @ParameterizedTest
  @CsvSource({"1, 4096, time-limit", "3600000, 8, scratch-limit"})
  void shouldEndAConversionThatPassesALimitAndRemoveItsFiles(
      long maxMillis, long maxScratchMegabytes, String reason) throws Exception {
    BuildConfig build =
        scratchIn("scratch")
            .limitedTo(Duration.ofMillis(maxMillis), new ByteSize(maxScratchMegabytes << 20));
    try (TestRegistry registry = TestRegistry.start();
        Pipeline pipeline = start(registry, build);
        ObjectStore store = ObjectStore.open(pipeline.store())) {
      Descriptor image = largeImage(registry, "team/large");

      List<JsonNode> conversions = client(pipeline).push(registry, "team/large", image);

      assertThat(conversions)
          .extracting(c -> text(c, "state"), c -> text(c, "reason"))
          .containsExactly(tuple("failed", reason));
      assertThat(filesIn(directory.resolve("scratch"))).isEmpty();
      assertThat(store.list("bundles/")).isEmpty();
      assertThat(store.list("claims/")).isEmpty();
    }
  }

  @Test
  void shouldConvertOnceWhatTwoWorkersAreAskedForAtTheSameTime() throws Exception {
    Monitoring second = new Monitoring();
    try (TestRegistry registry = TestRegistry.start();
        Pipeline pipeline =
            start(registry, scratchIn("one").limitedTo(Duration.ofHours(1), AMPLE));
        ObjectStore store = ObjectStore.open(pipeline.store());
        EventProducer producer = EventProducer.open(kafka(pipeline), "test", Clock.systemUTC());
        Scratch scratch = Scratch.open(scratchIn("two"));
        Worker other =
            BuildMain.start(
                scratchIn("two"),
                TranslateConfig.DEFAULT,
                BundlesConfig.DEFAULT,
                new BuildMain.ScratchOfStages(scratch, scratch),
                "none is trained",
                store,
                new ShareWorker.Wiring(
                    kafka(pipeline),
                    WorkerConfig.of(1),
                    producer,
                    second.registry(),
                    new LaneGate(),
                    new Suspects(),
                    Clock.systemUTC()))) {
      PipelineClient client = client(pipeline);
      List<Callable<List<JsonNode>>> pushes = new ArrayList<>();
      for (String repository : List.of("team/a", "team/b", "team/c")) {
        Descriptor image = largeImage(registry, repository);
        pushes.add(() -> client.push(registry, repository, image));
      }

      List<JsonNode> all = AtOnce.call(pushes).stream().flatMap(List::stream).toList();

      assertThat(all).hasSize(3).allMatch(c -> text(c, "state").equals("built"));
      assertThat(all)
          .extracting(c -> text(c.path("recipe"), "digest"))
          .containsOnly(text(all.get(0).path("recipe"), "digest"));
      // Once layer and filesystem are there, the little that is left may be made by both.
      assertThat(all).extracting(c -> c.path("layers").path("converted").asInt()).contains(1);
      assertThat(all.stream().mapToInt(c -> c.path("layers").path("converted").asInt()).sum())
          .isOne();
      assertThat(
              count(client.get("/metrics").body(), "repeated") + count(second.scrape(), "repeated"))
          .isZero();
      assertThat(store.list("claims/")).isEmpty();
      assertThat(other.alive()).isTrue();
    }
  }

  private static int count(String metrics, String outcome) {
    return metrics
        .lines()
        .filter(line -> line.startsWith("oci2wasm_conversions_total{"))
        .filter(line -> line.contains("outcome=\"" + outcome + "\""))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private BuildConfig scratchIn(String name) {
    return BuildConfig.DEFAULT.in(directory.resolve(name));
  }

  private Pipeline start(TestRegistry registry, BuildConfig build) throws Exception {
    return Pipeline.start(
        PipelineConfig.DEFAULT
            .with(GatewayConfig.DEFAULT.onPort(0))
            .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
            .with(build),
        directory.resolve("data"));
  }

  private static KafkaConfig kafka(Pipeline pipeline) {
    return KafkaConfig.DEFAULT.at(pipeline.bootstrapServers());
  }

  private static PipelineClient client(Pipeline pipeline) {
    return new PipelineClient(pipeline.address(), "unused");
  }

  /** The files of conversions; the worker's own directory and lock stay while it runs. */
  private static List<Path> filesIn(Path scratch) throws Exception {
    try (Stream<Path> all = Files.walk(scratch)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.toString().endsWith(".lock"))
          .toList();
    }
  }

  /** The same image in every repository. */
  private static Descriptor largeImage(TestRegistry registry, String repository) throws Exception {
    byte[] config = SampleImage.config("/noise", List.of(Sha256Digest.of(tar)));
    return new SampleImage(registry, repository)
        .manifest(config, List.of(registry.blob(repository, GZIP_LAYER, gzip)));
  }
}
