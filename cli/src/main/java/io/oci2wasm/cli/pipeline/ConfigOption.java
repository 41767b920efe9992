package io.oci2wasm.cli.pipeline;

import io.oci2wasm.runtime.config.ConfigException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --config}, as all servers have it. */
final class ConfigOption {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Configuration file, see docs/oci2wasm.reference.yaml. OCI2WASM_… variables override it.")
  private @Nullable Path file;

  /** The configuration that applies. */
  PipelineConfig read() {
    return checked(() -> PipelineConfig.read(file, System.getenv()));
  }

  /** What a configuration gets wrong is as the command line being wrong: no trace, exit code 2. */
  <T, E extends Exception> T checked(Checked<T, E> action) throws E {
    try {
      return action.run();
    } catch (ConfigException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  interface Checked<T, E extends Exception> {
    T run() throws E;
  }
}
