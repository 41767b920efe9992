package io.oci2wasm.cli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
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
import run.endive.wasm.WasmModule;

/** Runs a WASI program (preview 1) to its end. */
public final class ModuleRunner {
  private final @Nullable Cache cache;
  private final boolean translating;

  private ModuleRunner(@Nullable Cache cache, boolean translating) {
    this.cache = cache;
    this.translating = translating;
  }

  /** Keeps compiled programs in the user's cache folder. */
  public static ModuleRunner caching() throws IOException {
    return new ModuleRunner(CompiledPrograms.ofUser(System.getenv()), false);
  }

  /** Keeps compiled programs in {@code folder}. */
  static ModuleRunner cachingIn(Path folder) {
    return new ModuleRunner(new CompiledPrograms(folder), false);
  }

  /** The same, which installs what engines have translated. */
  public ModuleRunner translating() {
    return new ModuleRunner(cache, true);
  }

  /** The program's exit code. */
  public int run(BundleFile bundle, ProgramContext context) {
    WasmModule module = Parser.parse(bundle.program());
    List<ByteBuffer> segments = bundle.segments();
    StandardInput stdin = new StandardInput(context.stdin());
    boolean installs = translating && Mailbox.isIn(module);
    List<String> arguments =
        installs ? EngineOptions.translating(context.arguments()) : context.arguments();
    WasiOptions options = options(context, arguments, stdin);
    try (WasiPreview1 wasi = WasiPreview1.builder().withOptions(options).build()) {
      Instance.builder(module)
          .withMachineFactory(compile(module))
          .withMemoryFactory(limits -> new GuestMemory(limits, segments))
          .withImportValues(
              imports(wasi, stdin, context.control(), options.directories().values(), installs))
          .build();
      return 0;
    } catch (WasiExitException e) {
      return e.exitCode();
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
    context.directories().forEach(options::withDirectory);
    return options.build();
  }

  private static ImportValues imports(
      WasiPreview1 wasi,
      StandardInput stdin,
      ControlLines control,
      Iterable<Path> folders,
      boolean installs) {
    List<HostFunction> library = List.of(wasi.toHostFunctions());
    SharedFolders shared = new SharedFolders(folders, SharedFolders.seekOf(library));
    List<HostFunction> functions = new ArrayList<>();
    for (HostFunction function : library) {
      functions.add(
          switch (function.name()) {
            case PollOneoff.NAME -> new PollOneoff(stdin, control, Clock.systemUTC()).function();
            case ControlRead.NAME -> new ControlRead(control, shared.replace(function)).function();
            case Mailbox.NAME -> installs ? new Mailbox(function).function() : function;
            default -> shared.replace(function);
          });
    }
    return ImportValues.builder().addFunction(functions.toArray(HostFunction[]::new)).build();
  }
}
