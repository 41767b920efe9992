package io.oci2wasm.cli;

import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Platform;
import io.oci2wasm.cli.demo.DemoCommand;
import io.oci2wasm.cli.pipeline.GatewayCommand;
import io.oci2wasm.cli.pipeline.TokenCommand;
import io.oci2wasm.cli.pipeline.UpCommand;
import io.oci2wasm.cli.pipeline.WorkerCommand;
import io.oci2wasm.cli.remote.BatchesCommand;
import io.oci2wasm.cli.remote.DownloadCommand;
import io.oci2wasm.cli.remote.GcCommand;
import io.oci2wasm.cli.remote.ListCommand;
import io.oci2wasm.cli.remote.ReconvertCommand;
import io.oci2wasm.cli.remote.ReplayCommand;
import io.oci2wasm.cli.remote.ScanCommand;
import io.oci2wasm.cli.remote.ShowCommand;
import java.io.PrintWriter;
import java.util.Objects;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code oci2wasm} command. */
@Command(
    name = "oci2wasm",
    description = "Turns container images into WebAssembly modules that run the container.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      ConvertCommand.class,
      RootfsCommand.class,
      RunCommand.class,
      InspectCommand.class,
      ComponentCommand.class,
      DemoCommand.class,
      UpCommand.class,
      GatewayCommand.class,
      TokenCommand.class,
      ReplayCommand.class,
      WorkerCommand.class,
      GcCommand.class,
      ScanCommand.class,
      ReconvertCommand.class,
      BatchesCommand.class,
      ListCommand.class,
      ShowCommand.class,
      DownloadCommand.class,
      HelpCommand.class,
      GenerateCompletion.class,
    },
    exitCodeListHeading = "%nExit codes (`run` ends with the container's instead):%n",
    exitCodeList = {
      "0:done",
      "1:the image was refused, or does not contain what was asked for",
      "2:the command line is wrong",
      "3:a registry, a file or the network was unavailable; try again",
      "70:a defect of oci2wasm",
    })
public final class Oci2wasm implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = {"-v", "--verbose"},
      description = "Log what is done. Twice: log details.",
      scope = ScopeType.INHERIT)
  private boolean[] verbose = {};

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "Format of log lines: text or json. Default: $OCI2WASM_LOG_FORMAT, else text.",
      defaultValue = "${env:OCI2WASM_LOG_FORMAT:-text}",
      scope = ScopeType.INHERIT)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Logging.Format logFormat;

  private Oci2wasm() {}

  /** Ends the process with the command's exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command, ready to be executed with arguments. */
  static CommandLine commandLine() {
    Oci2wasm root = new Oci2wasm();
    CommandLine command = new CommandLine(root);
    command.registerConverter(Platform.class, new PlatformWord());
    command.registerConverter(GuestMemory.class, Oci2wasm::memory);
    command.setCaseInsensitiveEnumValuesAllowed(true);
    // What follows the module belongs to it, word by word, "--" included.
    Objects.requireNonNull(command.getSubcommands().get("run")).setStopAtPositional(true);
    command.setExecutionExceptionHandler(new Failures(() -> root.verbose.length > 0));
    command.setParameterExceptionHandler(Oci2wasm::explain);
    command.setExecutionStrategy(
        parsed -> {
          Logging.configure(root.verbose.length, root.logFormat);
          return new CommandLine.RunLast().execute(parsed);
        });
    return command;
  }

  private static GuestMemory memory(String text) {
    try {
      return GuestMemory.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** One line, and where to read more: the whole help would push the reason off the screen. */
  private static int explain(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("oci2wasm: " + e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCodes.USAGE;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "found no subcommand, expected one");
  }
}
