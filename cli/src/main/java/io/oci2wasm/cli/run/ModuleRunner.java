package io.oci2wasm.cli.run;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import run.endive.compiler.Cache;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.wasi.WasiExitException;
import run.endive.wasi.WasiOptions;
import run.endive.wasi.WasiPreview1;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmEngineException;
import run.endive.wasm.WasmModule;

/** Runs a WASI program (preview 1) to its end. */
public final class ModuleRunner {
  private final @Nullable Cache cache;
  private final @Nullable String translator;
  private final Mailbox.Answers answers;

  private ModuleRunner(
      @Nullable Cache cache, @Nullable String translator, Mailbox.Answers answers) {
    this.cache = cache;
    this.translator = translator;
    this.answers = answers;
  }

  /** Keeps compiled programs in the user's cache folder. */
  public static ModuleRunner caching() throws IOException {
    return new ModuleRunner(
        CompiledPrograms.ofUser(System.getenv()), null, Mailbox.Answers.INSTALLING);
  }

  /** Keeps compiled programs in {@code folder}. */
  static ModuleRunner cachingIn(Path folder) {
    return new ModuleRunner(new CompiledPrograms(folder), null, Mailbox.Answers.INSTALLING);
  }

  /** The same, which installs what engines have translated. */
  public ModuleRunner translating() {
    return new ModuleRunner(cache, Mailbox.OPTION, Mailbox.Answers.INSTALLING);
  }

  /**
   * The same, which also takes what engines record, and ends the run after so many seconds of guest
   * time.
   */
  public ModuleRunner training(int seconds, Consumer<byte[]> taker) {
    return new ModuleRunner(
        cache, Mailbox.trainingOption(seconds), new Mailbox.Answers(true, taker));
  }

  /**
   * The same, which installs nothing, and ends the run as {@link #training} does: to measure what a
   * bundle's own translations do.
   */
  public ModuleRunner measuring(int seconds) {
    return new ModuleRunner(
        cache, Mailbox.trainingOption(seconds), new Mailbox.Answers(false, told -> {}));
  }

  /** The program's exit code; 0 if a training run's time was over. */
  public int run(BundleFile bundle, ProgramContext context) {
    WasmModule program = Parser.parse(bundle.program());
    WasmModule module = ImportedMemory.in(program);
    List<ByteBuffer> segments = bundle.segments();
    StandardInput stdin = new StandardInput(context.stdin());
    boolean installs = translator != null && Mailbox.isIn(module);
    List<String> arguments =
        translator != null && installs
            ? EngineOptions.translating(context.arguments(), translator)
            : context.arguments();
    WasiOptions options = options(context, arguments, stdin);
    try (WasiPreview1 wasi = WasiPreview1.builder().withOptions(options).build()) {
      Instance.builder(module)
          .withMachineFactory(compile(module))
          .withImportValues(
              ImportValues.builder()
                  .addFunction(functions(wasi, stdin, context, installs))
                  .addMemory(
                      ImportedMemory.of(program, limits -> new GuestMemory(limits, segments)))
                  .build())
          .build();
      return 0;
    } catch (WasiExitException e) {
      return e.exitCode();
    } catch (Mailbox.TrainingEnded e) {
      return 0;
    }
  }

  /**
   * Reads a program and checks that it is valid, also one with vectors, which cannot run here.
   *
   * @throws RejectedException if it is not
   */
  public static void check(BundleFile bundle) throws RejectedException {
    try {
      WasmModule unused = Parser.parse(bundle.program());
    } catch (WasmEngineException e) {
      throw new RejectedException(
          Reason.INTERNAL,
          "found a module of which the validator says: " + e.getMessage() + "; report this",
          e);
    }
  }

  private Function<Instance, Machine> compile(WasmModule module) {
    MachineFactoryCompiler.Builder builder =
        MachineFactoryCompiler.builder(module).withInterpreterFallback(InterpreterFallback.SILENT);
    return (cache == null ? builder : builder.withCache(cache)).compile();
  }

  private static WasiOptions options(
      ProgramContext context, List<String> arguments, StandardInput stdin) {
    WasiOptions.Builder options =
        WasiOptions.builder()
            .withArguments(arguments)
            .withStdin(stdin)
            .withStdout(context.stdout())
            .withStderr(context.stderr());
    context.environment().forEach(options::withEnvironment);
    context.folders().forEach(folder -> options.withDirectory(folder.guest(), folder.host()));
    return options.build();
  }

  private HostFunction[] functions(
      WasiPreview1 wasi, StandardInput stdin, ProgramContext context, boolean installs) {
    List<MappedFolder> folders = context.folders();
    List<HostFunction> library = List.of(wasi.toHostFunctions());
    SharedFolders shared =
        new SharedFolders(
            folders.stream().map(MappedFolder::host).toList(), SharedFolders.seekOf(library));
    ReadOnlyFolders fixed = new ReadOnlyFolders(readOnly(folders));
    ControlLines control = context.control();
    List<HostFunction> functions = new ArrayList<>();
    for (HostFunction function : library) {
      functions.add(
          switch (function.name()) {
            case PollOneoff.NAME -> new PollOneoff(stdin, control, Clock.systemUTC()).function();
            case ControlRead.NAME -> new ControlRead(control, shared.replace(function)).function();
            case Mailbox.NAME -> installs ? new Mailbox(function, answers).function() : function;
            default -> fixed.guard(shared.replace(function));
          });
    }
    return functions.toArray(HostFunction[]::new);
  }

  /** The program's descriptors of its read-only folders. */
  private static Set<Integer> readOnly(List<MappedFolder> folders) {
    Set<Integer> descriptors = new HashSet<>();
    int descriptor = FolderPaths.FIRST_FOLDER;
    for (MappedFolder folder : folders) {
      if (folder.readOnly()) {
        descriptors.add(descriptor);
      }
      descriptor++;
    }
    return descriptors;
  }
}
