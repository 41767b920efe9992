package io.oci2wasm.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** What {@code oci2wasm} does whatever its subcommands are: logging, words about failures. */
@Command(
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:the image was refused, or does not contain what was asked for",
      "2:the command line is wrong",
      "3:a registry, a file or the network was unavailable; try again",
      "70:a defect of oci2wasm",
    })
abstract class RootCommand implements Runnable {
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

  /** The whole command, ready to be executed with arguments. */
  final CommandLine prepared() {
    return preparedWith();
  }

  /** The same with more subcommands, beside those of its annotation. */
  final CommandLine preparedWith(Class<?>... more) {
    CommandLine command = new CommandLine(this);
    for (Class<?> each : more) {
      command.addSubcommand(each);
    }
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler(new Failures(() -> verbose.length > 0));
    command.setParameterExceptionHandler(RootCommand::explain);
    command.setExecutionStrategy(
        parsed -> {
          // Help and versions are printed without what the log needs: its configuration is slow.
          if (!isHelp(parsed)) {
            Logging.configure(verbose.length, logFormat);
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    return command;
  }

  private static boolean isHelp(ParseResult parsed) {
    return parsed.asCommandLineList().stream()
        .anyMatch(each -> each.isUsageHelpRequested() || each.isVersionHelpRequested());
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
  public final void run() {
    throw new ParameterException(spec.commandLine(), "found no subcommand, expected one");
  }
}
