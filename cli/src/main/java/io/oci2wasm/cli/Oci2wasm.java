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
import io.oci2wasm.converter.frame.FrameCompression;
import java.util.Objects;
import java.util.function.Function;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.TypeConversionException;

/** The {@code oci2wasm} command. */
@Command(
    name = "oci2wasm",
    description = "Turns container images into WebAssembly modules that run the container.",
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
    exitCodeListHeading = "%nExit codes (`run` ends with the container's instead):%n")
public final class Oci2wasm extends RootCommand {
  private Oci2wasm() {}

  /** Ends the process with the command's exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command, ready to be executed with arguments. */
  static CommandLine commandLine() {
    CommandLine command = new Oci2wasm().prepared();
    command.registerConverter(Platform.class, new PlatformWord());
    command.registerConverter(GuestMemory.class, text -> parsed(GuestMemory::parse, text));
    command.registerConverter(
        FrameCompression.class, text -> parsed(FrameCompression::parse, text));
    // What follows the module belongs to it, word by word, "--" included.
    Objects.requireNonNull(command.getSubcommands().get("run")).setStopAtPositional(true);
    return command;
  }

  /** What is wrong with a word says its own parser. */
  private static <T> T parsed(Function<String, T> parser, String text) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
