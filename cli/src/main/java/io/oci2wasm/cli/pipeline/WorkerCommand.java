package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.Stage;
import io.oci2wasm.runtime.monitor.MonitorServer;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code oci2wasm worker STAGE}: one worker alone, with a Kafka and a store of yours. */
@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    description = "Runs only one worker, with the configured Kafka and object store.")
public final class WorkerCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private ConfigOption config;

  @Parameters(paramLabel = "STAGE", description = "ingest, resolve or build")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String stage;

  @Override
  public Integer call() throws Exception {
    Stage parsed = parse(stage);
    AutoCloseable traces = config.checked(() -> ServerProcess.begin(parsed + "-worker"));
    PipelineConfig read = config.read();
    Parts parts = config.checked(() -> Parts.prepare(read));
    try {
      parts.startWorker(parsed);
      MonitorServer monitor = parts.startMonitor();
      spec.commandLine()
          .getOut()
          .println(
              String.format(
                  "oci2wasm %s-worker, metrics at %s:%s",
                  parsed, read.monitor().host(), monitor.port()));
      spec.commandLine().getOut().flush();
    } catch (Exception e) {
      parts.close();
      throw e;
    }
    ServerProcess.serve(parsed + "-worker", parts, traces);
    return 0;
  }

  private Stage parse(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "ingest" -> Stage.INGEST;
      case "resolve" -> Stage.RESOLVE;
      case "build" -> Stage.BUILD;
      default ->
          throw new ParameterException(
              spec.commandLine(),
              "worker: found \"" + word + "\", expected ingest, resolve or build");
    };
  }
}
