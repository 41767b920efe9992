package io.oci2wasm.cli.run;

import io.oci2wasm.net.peer.Console;
import io.oci2wasm.net.peer.NetPeer;
import io.oci2wasm.net.peer.PeerLimits;
import io.oci2wasm.net.peer.PublishedPorts;
import io.oci2wasm.net.peer.Resolver;
import io.oci2wasm.net.rules.NetworkRules;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;

/**
 * Runs a bundle whose sockets this process owns: beside the engine, which speaks netp over its
 * standard streams, runs the peer.
 *
 * @param words the engine's options and the command
 */
public record NetworkedRun(
    NetworkRules rules,
    Resolver resolver,
    PublishedPorts ports,
    ProgramContext context,
    List<String> words) {
  /** The engine's option. */
  static final String STDIO = "--net=stdio";

  private static final int FAILED = 125;
  private static final int CONTROL_BYTES = 4096;

  /** The engine's compiled main loop has large frames. */
  private static final long STACK_BYTES = 64L << 20;

  public NetworkedRun {
    words = List.copyOf(words);
  }

  /** In this JVM. */
  public int inThisProcess(ModuleRunner runner, BundleFile bundle) throws IOException {
    BytePipe toEngine = new BytePipe();
    BytePipe fromEngine = new BytePipe();
    NetPeer peer = peer(fromEngine.input(), toEngine.output());
    ProgramContext own =
        new ProgramContext(
            arguments(),
            context.environment(),
            context.folders(),
            toEngine.input(),
            fromEngine.output(),
            context.stderr(),
            new ControlLines());
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    Thread engine =
        new Thread(
            null,
            () -> {
              try (OutputStream out = own.stdout()) {
                exitCode.complete(runner.run(bundle, own));
                out.flush();
              } catch (IOException | RuntimeException | Error e) {
                exitCode.completeExceptionally(e);
              }
            },
            "engine",
            STACK_BYTES);
    engine.setDaemon(true);
    engine.start();
    return await(peer, exitCode::join);
  }

  /**
   * In another process.
   *
   * @param command the runtime and its options, without the module
   */
  public int inProcess(List<String> command) throws IOException {
    List<String> all = new ArrayList<>(Session.LEADER);
    all.addAll(command);
    all.addAll(arguments());
    Process process =
        new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Thread atEnd = new Thread(process::destroyForcibly, "runtime");
    Runtime.getRuntime().addShutdownHook(atEnd);
    try {
      NetPeer peer = peer(process.getInputStream(), process.getOutputStream());
      return await(peer, () -> process.onExit().join().exitValue());
    } finally {
      process.destroyForcibly();
      Runtime.getRuntime().removeShutdownHook(atEnd);
    }
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(context.arguments());
    arguments.add(STDIO);
    arguments.addAll(words);
    return arguments;
  }

  private NetPeer peer(InputStream fromEngine, OutputStream toEngine) throws IOException {
    NetPeer peer =
        new NetPeer(
            fromEngine,
            toEngine,
            new Console(context.stdin(), context.stdout(), context.stderr()),
            ports,
            rules,
            resolver,
            PeerLimits.DEFAULT);
    ControlLines control = context.control();
    control.whenSaid(() -> peer.say(control.read(CONTROL_BYTES)));
    peer.say(control.read(CONTROL_BYTES));
    peer.start();
    return peer;
  }

  /** What ended tells the code: the container, or else what ran it. */
  private int await(NetPeer peer, IntSupplier exitCode) {
    try {
      NetPeer.End end = peer.await();
      if (end.brokenRule().isPresent()) {
        new PrintStream(context.stderr(), true)
            .println(
                "oci2wasm: the module broke the rules of netp and was ended: "
                    + end.brokenRule().get());
        return FAILED;
      }
      return end.exitCode().isPresent() ? end.exitCode().getAsInt() : exitCode.getAsInt();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    }
  }
}
