package io.oci2wasm.cli.demo;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.buildworker.BuildConfig;
import io.oci2wasm.cli.TemporaryFolder;
import io.oci2wasm.cli.pipeline.Pipeline;
import io.oci2wasm.cli.pipeline.PipelineConfig;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.cli.run.ModuleRunner;
import io.oci2wasm.cli.run.ProgramContext;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.TopicFollower;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code oci2wasm demo}: everything once, on a sample image that lies in this program. */
@Command(
    name = "demo",
    description =
        "Runs the whole pipeline in this process on a sample image for two platforms, and boots"
            + " both bundles.",
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  private static final String REPOSITORY = "oci2wasm/sample";
  private static final String TAG = "latest";
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FOLDER",
      description =
          "Folder for the bundles. Default: oci2wasm-sample in the system's temporary folder.")
  private @Nullable Path output;

  @Override
  public Integer call() throws RejectedException, IOException {
    DemoScreen screen = new DemoScreen(spec.commandLine().getOut());
    Path folder =
        output != null ? output : Path.of(System.getProperty("java.io.tmpdir"), "oci2wasm-sample");
    Files.createDirectories(folder);
    int exitCode = 0;
    for (Path bundle : convert(screen, folder)) {
      exitCode = Math.max(exitCode, boot(screen, bundle));
    }
    return exitCode;
  }

  @SuppressWarnings("try") // the follower only has to be open
  private static List<Path> convert(DemoScreen screen, Path folder)
      throws RejectedException, IOException {
    screen.say("demo", "starting Kafka, object store, gateway and workers in this process");
    try (TemporaryFolder data = TemporaryFolder.create("oci2wasm-demo-");
        LayoutRegistry registry = LayoutRegistry.start(new ClasspathLayout("/sample"), REPOSITORY);
        Pipeline pipeline = Pipeline.start(config(registry.host(), data.path()), data.path())) {
      screen.say("pipeline", "is up at " + pipeline.address());
      StageReport report = new StageReport(screen);
      try (TopicFollower events = followEvents(pipeline, report)) {
        GatewayCalls gateway = new GatewayCalls(pipeline.address());
        screen.say("registry", registry.host() + " announces a push of " + REPOSITORY + ":" + TAG);
        String answer =
            gateway.notify(
                new Notification(registry.host(), REPOSITORY, TAG, registry.resolve(TAG)));
        screen.say("webhook", "answered " + answer);
        List<Path> bundles = new ArrayList<>();
        for (BundleBuilt built : report.awaitBundles(LIMIT)) {
          Path bundle = folder.resolve(built.platform().toString().replace('/', '-') + ".wasm");
          gateway.download(built.conversionId(), bundle);
          screen.say("bundle", bundle + ", downloaded from the API");
          bundles.add(bundle);
        }
        return bundles;
      }
    }
  }

  private static PipelineConfig config(String registryHost, Path scratch) {
    BuildConfig build = BuildConfig.DEFAULT;
    int anyPort = 0;
    return PipelineConfig.DEFAULT
        .with(build.in(scratch))
        .with(GatewayConfig.DEFAULT.onPort(anyPort))
        .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registryHost)));
  }

  private static TopicFollower followEvents(Pipeline pipeline, StageReport report)
      throws IOException {
    Stream<String> work = Topics.WORK.stream().map(type -> Topics.work(type, Lane.PUSH));
    List<String> topics =
        Stream.of(work, Topics.COMPLETION.stream(), Stream.of(Topics.STAGE_STARTED))
            .flatMap(names -> names)
            .toList();
    return TopicFollower.start(
        PipelineConfig.DEFAULT.kafka().at(pipeline.bootstrapServers()),
        topics,
        new MemorySink(
            record -> record.event().ifPresent(received -> report.on(received.event()))));
  }

  private static int boot(DemoScreen screen, Path bundle) throws RejectedException, IOException {
    screen.say("run", "booting " + bundle + " in this JVM; the container prints:");
    screen.line("");
    int exitCode =
        ModuleRunner.caching()
            .run(
                BundleFile.open(bundle),
                ProgramContext.ofProcess(
                    List.of(bundle.toString()), InputStream.nullInputStream()));
    screen.line("");
    screen.say("run", "the container ended with exit code " + exitCode);
    screen.say("next", "oci2wasm run " + bundle + " -- sh -c 'echo hi'");
    return exitCode;
  }
}
