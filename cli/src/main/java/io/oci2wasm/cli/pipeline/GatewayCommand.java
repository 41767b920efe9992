package io.oci2wasm.cli.pipeline;

import io.oci2wasm.gateway.GatewayMain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code oci2wasm gateway}: the gateway alone, with a Kafka and a store of yours. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = "Runs only the gateway, with the configured Kafka and object store.")
public final class GatewayCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private ConfigOption config;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private RebuildOption rebuild;

  @Override
  public Integer call() throws Exception {
    AutoCloseable traces = config.checked(() -> ServerProcess.begin("gateway"));
    PipelineConfig configured = config.read();
    PipelineConfig read =
        configured.with(configured.gateway().orStateIn(DataDirectory.usual().resolve("state")));
    Parts parts =
        config.checked(
            () -> {
              read.gateway().check();
              return Parts.prepare(read);
            });
    try {
      GatewayMain gateway = config.checked(() -> parts.startGateway(rebuild.isGiven()));
      spec.commandLine()
          .getOut()
          .println("oci2wasm gateway at " + read.gateway().host() + ":" + gateway.port());
      spec.commandLine().getOut().flush();
    } catch (Exception e) {
      parts.close();
      throw e;
    }
    ServerProcess.serve("gateway", parts, traces);
    return 0;
  }
}
