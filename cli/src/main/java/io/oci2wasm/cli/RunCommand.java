package io.oci2wasm.cli;

import io.oci2wasm.api.CommandWords;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.cli.run.EngineOptions;
import io.oci2wasm.cli.run.ForwardedSignals;
import io.oci2wasm.cli.run.MappedFolder;
import io.oci2wasm.cli.run.ModuleRunner;
import io.oci2wasm.cli.run.NetworkedRun;
import io.oci2wasm.cli.run.OptionalTerminal;
import io.oci2wasm.cli.run.ProgramContext;
import io.oci2wasm.cli.run.RuntimeFolders;
import io.oci2wasm.net.peer.PublishedPorts;
import io.oci2wasm.net.peer.Resolver;
import io.oci2wasm.net.rules.NetworkRules;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a bundle in this JVM, or in another runtime. */
@Command(
    name = "run",
    description = {
      "Runs a bundle and exits with the container's exit code.",
      "Without -p, --network bridge or --allow the container has no network but loopback.",
      "Options may come before MODULE or after it. After it come others of the engine's, too"
          + " (docs/FORMATS.md). Then follows the container's command."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  static final String VOLUME = "--volume";
  private static final String DIRECTORY = "--dir";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description =
          "Set a variable. Without a value, pass on the variable of this process. May be repeated.")
  private List<String> environment = List.of();

  @Option(
      names = DIRECTORY,
      paramLabel = "HOST[:GUEST[:ro]]",
      description =
          "Map a folder of this machine into the container; with :ro it can only be read. May be"
              + " repeated.")
  private List<String> directories = List.of();

  // Oci2wasm gives it docker's short form.
  @Option(
      names = VOLUME,
      paramLabel = "HOST:GUEST[:ro]",
      description = "The same as --dir, in docker's words. May be repeated.")
  private List<String> volumes = List.of();

  @Option(
      names = "--translate",
      paramLabel = "off|host",
      description =
          "host: install the code that the engine has translated, which runs faster. off (the"
              + " default): do not.")
  private String translate = "off";

  @Option(
      names = "--runtime",
      paramLabel = "COMMAND",
      description =
          "Run the module with this WASI runtime, such as \"wasmtime run\", instead of in this"
              + " JVM.")
  private @Nullable String runtime;

  @Option(
      names = "--scratch",
      paramLabel = "SIZE|DIR[,size=SIZE]",
      description =
          "Let the container write to a disk instead of memory, as large as 8g: a temporary one, or"
              + " the one in DIR, which stays for the next run.")
  private @Nullable String scratch;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private NetworkOptions network;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private ContainerOptions container;

  @Parameters(index = "0", paramLabel = "MODULE", description = "The bundle, a .wasm file.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path module;

  @Parameters(
      index = "1..*",
      paramLabel = "WORD",
      description = "[OPTION...] [--] [COMMAND ARG...]")
  private List<String> words = List.of();

  @Override
  public Integer call() throws RejectedException, IOException {
    boolean translates = readTranslate();
    BundleFile bundle = BundleFile.open(module);
    if (bundle.isComponent()) {
      throw wrong(
          String.format(
              "%s: found a component, expected a module; run it with wasmtime run -S"
                  + " inherit-network,allow-ip-name-lookup %s OPTIONS, or convert its image without"
                  + " --component",
              module, module));
    }
    try (ScratchDisk disk = openScratch()) {
      return run(bundle, translates, disk);
    }
  }

  private int run(BundleFile bundle, boolean translates, ScratchDisk disk)
      throws RejectedException, IOException {
    Map<String, String> variables = readEnvironment();
    List<MappedFolder> own = new ArrayList<>(bundle.ownFolders());
    own.addAll(disk.folders());
    List<MappedFolder> folders = folders();
    folders.addAll(own);
    List<String> command = readRuntime(translates, own);
    if (command.isEmpty() && bundle.needsVectors()) {
      throw wrong(
          String.format(
              "%s: found translations with SIMD instructions, which this JVM has not; run it with"
                  + " --runtime \"wasmtime run\" or node docs/run.mjs, or convert its image without"
                  + " --train-simd (in the pipeline, translate.simd)",
              module));
    }
    boolean networked = network.isWanted() || !command.isEmpty();
    NetworkRules rules = network.rules();
    Resolver resolver = network.resolver();
    List<String> all = new ArrayList<>(network.engineWords());
    all.addAll(container.engineWords());
    all.addAll(disk.engineWords());
    if (!command.isEmpty()) {
      variables.forEach((name, value) -> all.add("--env=" + name + "=" + value));
    }
    all.addAll(words);
    try (PublishedPorts ports = network.takePorts(bundle.exposedPorts());
        OptionalTerminal terminal = OptionalTerminal.takeIf(EngineOptions.wantTerminal(all))) {
      ProgramContext bare =
          ProgramContext.ofProcess(
                  List.of(module.toString()), new FileInputStream(FileDescriptor.in))
              .with(variables, folders);
      ProgramContext context = terminal.isTaken() ? bare.withRawTerminal() : bare;
      ForwardedSignals.to(context.control());
      terminal.whenResized(context.control()::windowSize);
      ModuleRunner runner =
          translates ? ModuleRunner.caching().translating() : ModuleRunner.caching();
      if (!networked) {
        return runner.run(bundle, context.followedBy(EngineOptions.offering(terminal.size(), all)));
      }
      NetworkedRun run =
          new NetworkedRun(
              rules, resolver, ports, context, EngineOptions.sized(terminal.size(), all));
      return command.isEmpty() ? run.inThisProcess(runner, bundle) : run.inProcess(command);
    }
  }

  private ScratchDisk openScratch() throws IOException {
    try {
      return ScratchDisk.open(scratch);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private List<String> readRuntime(boolean translates, List<MappedFolder> own) {
    if (runtime == null) {
      return List.of();
    }
    if (!directories.isEmpty() || !volumes.isEmpty()) {
      throw wrong(
          "--dir or -v with --runtime: each runtime has its own option for it; write it into COMMAND");
    }
    if (translates) {
      throw wrong("--translate host with --runtime: found both, expected one; only this JVM does");
    }
    try {
      return RuntimeFolders.map(own, CommandWords.split(runtime));
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private boolean readTranslate() {
    if (!translate.equals("off") && !translate.equals("host")) {
      throw wrong("--translate: found \"" + translate + "\", expected off or host");
    }
    return translate.equals("host");
  }

  private Map<String, String> readEnvironment() {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String word : environment) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        variables.put(word.substring(0, equals), word.substring(equals + 1));
      } else if (equals < 0 && System.getenv(word) != null) {
        variables.put(word, System.getenv(word));
      } else if (equals == 0) {
        throw wrong("variable \"" + word + "\": found no name, expected NAME=VALUE");
      }
    }
    return variables;
  }

  /** In the order of their words: one may lie in another. */
  List<MappedFolder> folders() {
    Iterator<String> nextDirectory = directories.iterator();
    Iterator<String> nextVolume = volumes.iterator();
    List<MappedFolder> folders = new ArrayList<>();
    try {
      for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
        if (option.longestName().equals(DIRECTORY)) {
          folders.add(MappedFolder.ofDirectory(nextDirectory.next()));
        } else if (option.longestName().equals(VOLUME)) {
          folders.add(MappedFolder.ofVolume(nextVolume.next()));
        }
      }
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
    return folders;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
