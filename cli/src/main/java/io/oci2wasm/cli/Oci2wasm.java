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
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** The {@code oci2wasm} command. */
@Command(
    name = "oci2wasm",
    description = "Turns container images into WebAssembly modules that run the container.",
    versionProvider = Version.class,
    modelTransformer = Oci2wasm.DockersVolume.class,
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
  private static final String RUN = "run";
  private static final Set<String> VERSION = Set.of("-V", "--version");

  /** Commands that speak of the others. */
  private static final Set<Class<?>> ABOUT_ALL =
      Set.of(HelpCommand.class, GenerateCompletion.class);

  private Oci2wasm() {}

  /** Ends the process with the command's exit code. */
  public static void main(String[] args) {
    if (asksForVersion(args) && Version.print(System.out)) {
      return;
    }
    CommandLine command = commandLineFor(args);
    System.exit(command.execute(ordered(command, args)));
  }

  private static boolean asksForVersion(String... args) {
    return args.length == 1 && VERSION.contains(args[0]);
  }

  /** The whole command, ready to be executed with any arguments. */
  static CommandLine commandLine() {
    return withConverters(new Oci2wasm().prepared());
  }

  /**
   * The command as far as it is needed to be executed with {@code args}: to describe all its parts
   * takes longer than most of them do.
   */
  static CommandLine commandLineFor(String... args) {
    String first = args.length == 0 ? "" : args[0];
    if (asksForVersion(args)) {
      return new Narrow().prepared();
    }
    return Stream.of(Oci2wasm.class.getAnnotation(Command.class).subcommands())
        .filter(each -> first.equals(each.getAnnotation(Command.class).name()))
        .filter(each -> !ABOUT_ALL.contains(each))
        .findFirst()
        .map(only -> withConverters(narrow(only)))
        .orElseGet(Oci2wasm::commandLine);
  }

  private static CommandLine narrow(Class<?> only) {
    CommandLine command = new Narrow().preparedWith(only);
    new DockersVolume().transform(command.getCommandSpec());
    return command;
  }

  private static CommandLine withConverters(CommandLine command) {
    command.registerConverter(Platform.class, new PlatformWord());
    command.registerConverter(GuestMemory.class, text -> parsed(GuestMemory::parse, text));
    command.registerConverter(
        FrameCompression.class, text -> parsed(FrameCompression::parse, text));
    CommandLine run = command.getSubcommands().get(RUN);
    if (run != null) {
      // What follows the module belongs to it, word by word, "--" included.
      run.setStopAtPositional(true);
    }
    return command;
  }

  /** {@code args}, options of {@code run} before its module. */
  static String[] ordered(CommandLine command, String... args) {
    CommandLine run = command.getSubcommands().get(RUN);
    if (run == null || args.length == 0 || !args[0].equals(RUN)) {
      return args;
    }
    List<String> words = List.of(args).subList(1, args.length);
    return Stream.concat(Stream.of(RUN), WordOrder.of(run.getCommandSpec(), words).stream())
        .toArray(String[]::new);
  }

  /**
   * In {@code run}, docker's -v is a folder; what it is elsewhere has its long name alone there. No
   * annotation can say so. Man pages are written from the class, so this belongs to it.
   */
  static final class DockersVolume implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec command) {
      CommandLine run = command.subcommands().get(RUN);
      if (run != null) {
        rename(run.getCommandSpec(), "--verbose", "--verbose");
        rename(run.getCommandSpec(), RunCommand.VOLUME, "-v", RunCommand.VOLUME);
      }
      return command;
    }

    private static void rename(CommandSpec command, String option, String... names) {
      OptionSpec old = command.findOption(option);
      command.remove(old);
      command.addOption(OptionSpec.builder(old).root(old.root()).names(names).build());
    }
  }

  /** The same command without its parts. */
  @Command(name = "oci2wasm", versionProvider = Version.class)
  private static final class Narrow extends RootCommand {}

  /** What is wrong with a word says its own parser. */
  private static <T> T parsed(Function<String, T> parser, String text) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
