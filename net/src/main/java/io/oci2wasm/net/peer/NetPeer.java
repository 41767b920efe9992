package io.oci2wasm.net.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageReader;
import io.oci2wasm.net.rules.NetworkRules;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;

/**
 * The owner of a guest's sockets: speaks netp (docs/FORMATS.md) with the engine over two streams of
 * bytes. One thread does all of it, and never waits but for sockets. Around it are a thread for
 * each stream that only blocking calls can read or write.
 *
 * <p>The module may be hostile. Whatever it sends, it reaches what the rules allow, and the peer
 * holds for it what {@link PeerLimits} say.
 */
public final class NetPeer {
  private static final int STDIN = 1;
  private static final int STDOUT = 2;
  private static final int STDERR = 3;
  private static final int CONTROL = 4;

  /** How the first message begins: HELLO on stream 0, with 16 bytes. */
  private static final byte[] FIRST_BYTES = {0, 0, 0, 0, 16, 0, 0, 0};

  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int CHUNKS = 2;

  /** How long the guest's last bytes may take to leave after its end. */
  private static final long FAREWELL_MILLIS = 5_000;

  /**
   * How it ended.
   *
   * @param exitCode the container's, if the engine told it
   * @param brokenRule what the module did against the rules of netp, if it did
   */
  public record End(OptionalInt exitCode, Optional<String> brokenRule) {}

  private final InputStream fromEngine;
  private final Console console;
  private final PublishedPorts published;
  private final PeerLimits limits;
  private final Selector selector;
  private final EngineSide engine;
  private final StreamTable table;
  private final NameQueries names;
  private final MessageReader reader = new MessageReader();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Semaphore freeChunks = new Semaphore(CHUNKS);
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private final List<ConsoleOutput> outputs = new ArrayList<>();
  private final List<byte[]> linesBeforeHello = new ArrayList<>();
  private Optional<ControlStream> control = Optional.empty();
  private int firstBytesSeen;
  private boolean running = true;
  private OptionalInt exitCode = OptionalInt.empty();
  private Optional<String> brokenRule = Optional.empty();

  /**
   * A peer of the engine whose output is {@code fromEngine} and whose input is {@code toEngine}.
   * Both are closed at the end, and so are the published ports.
   */
  public NetPeer(
      InputStream fromEngine,
      OutputStream toEngine,
      Console console,
      PublishedPorts published,
      NetworkRules rules,
      Resolver resolver,
      PeerLimits limits)
      throws IOException {
    this.fromEngine = fromEngine;
    this.console = console;
    this.published = published;
    this.limits = limits;
    this.selector = Selector.open();
    this.engine = new EngineSide(toEngine, () -> later(this::updateAll));
    this.table = new StreamTable(engine, selector, rules, limits, this::complain);
    this.names = new NameQueries(engine, rules, resolver, limits.resolves(), this::later);
  }

  /** Begins. */
  public void start() {
    engine.start();
    engine.send(Message.hello(limits.credit(), names.hasRecords()));
    startThread("net", this::serve);
    startThread("net from engine", this::readEngine);
  }

  private static void startThread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits until the engine has gone or has broken a rule, and its output is written. */
  public End await() throws InterruptedException {
    try {
      End how = end.get();
      for (ConsoleOutput output : outputs) {
        output.await(0);
      }
      return how;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a defect of the peer", e.getCause());
    }
  }

  /** Sends a control line, which ends with a newline. Thread-safe. */
  public void say(byte[] line) {
    later(
        () -> control.ifPresentOrElse(known -> known.say(line), () -> linesBeforeHello.add(line)));
  }

  /** Runs {@code task} in the thread that all of the state belongs to. */
  private void later(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  /** Another thread says it: standard error may be a pipe that nobody reads. */
  private void complain(String line) {
    startThread(
        "net complaint",
        () -> new PrintStream(console.stderr(), true, UTF_8).println("oci2wasm: " + line));
  }

  private void updateAll() {
    table.update();
  }

  /** Two chunks are enough: one is read while the other is worked on. */
  private void readEngine() {
    byte[][] chunks = new byte[CHUNKS][CHUNK_BYTES];
    try (InputStream in = fromEngine) {
      for (int next = 0; ; next = (next + 1) % CHUNKS) {
        freeChunks.acquire();
        byte[] chunk = chunks[next];
        int count = in.read(chunk);
        if (count < 0) {
          break;
        }
        later(() -> take(ByteBuffer.wrap(chunk, 0, count)));
      }
    } catch (IOException e) {
      // It has gone, as at its end.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    later(() -> running = false);
  }

  private void take(ByteBuffer bytes) {
    try {
      if (running) {
        checkFirst(bytes.duplicate());
        reader.read(bytes, this::take);
        if (engine.isOverfull()) {
          throw new BrokenRuleException("it asks, but reads no answers");
        }
      }
    } catch (BrokenRuleException e) {
      brokenRule = Optional.of(String.valueOf(e.getMessage()));
      running = false;
    } finally {
      freeChunks.release();
    }
  }

  /** What is no engine may never end its first message. */
  private void checkFirst(ByteBuffer bytes) throws BrokenRuleException {
    for (; firstBytesSeen < FIRST_BYTES.length && bytes.hasRemaining(); firstBytesSeen++) {
      if (bytes.get() != FIRST_BYTES[firstBytesSeen]) {
        throw new BrokenRuleException("its first bytes are no HELLO; is it a bundle?");
      }
    }
  }

  private void take(Message message) throws BrokenRuleException {
    if (control.isEmpty()) {
      begin(message.readHello());
      return;
    }
    if (exitCode.isPresent()) {
      throw new BrokenRuleException("found " + message.type() + " after EXIT");
    }
    switch (message.type()) {
      case HELLO, INCOMING, ADDRESSES, RECORDS ->
          throw new BrokenRuleException("found " + message.type() + " of an engine");
      case OPEN -> table.open(message);
      case RESOLVE -> names.ask(message);
      case ASK -> names.askForRecords(message);
      case EXIT -> {
        message.expectBytes(4);
        exitCode = OptionalInt.of(message.payload().getInt());
      }
      case OPENED, DATA, CREDIT, END, RESET -> {
        Optional<PeerStream> stream = table.find(message.stream());
        if (stream.isPresent()) {
          tell(stream.get(), message);
        }
      }
    }
  }

  private static void tell(PeerStream stream, Message message) throws BrokenRuleException {
    switch (message.type()) {
      case OPENED -> stream.opened();
      case DATA -> stream.data(message.payload());
      case CREDIT -> {
        message.expectBytes(4);
        stream.credit(message.payload().getInt());
      }
      case END -> stream.end();
      case RESET -> stream.reset();
      case HELLO, INCOMING, OPEN, RESOLVE, ADDRESSES, EXIT, ASK, RECORDS ->
          throw new IllegalArgumentException(message.type() + " is not for a stream");
    }
  }

  private void begin(int credit) throws BrokenRuleException {
    ConsoleInput stdin = new ConsoleInput(STDIN, engine, console.stdin(), credit);
    table.add(stdin);
    outputs.add(new ConsoleOutput(STDOUT, engine, console.stdout(), limits.credit(), this::later));
    outputs.add(new ConsoleOutput(STDERR, engine, console.stderr(), limits.credit(), this::later));
    outputs.forEach(table::add);
    ControlStream lines = new ControlStream(CONTROL, engine, credit);
    table.add(lines);
    control = Optional.of(lines);
    linesBeforeHello.forEach(lines::say);
    linesBeforeHello.clear();
    stdin.start();
    try {
      table.begin(credit, published);
    } catch (IOException e) {
      throw new BrokenRuleException("the published ports are gone: " + e.getMessage());
    }
  }

  private void serve() {
    try {
      while (running) {
        selector.select(table.acceptWhenDue());
        serveReady();
      }
      finish();
    } catch (IOException | RuntimeException | Error e) {
      end.completeExceptionally(e);
    } finally {
      end.complete(new End(exitCode, brokenRule));
    }
  }

  private void serveReady() {
    for (SelectionKey key : selector.selectedKeys()) {
      Object owner = key.attachment();
      if (!key.isValid()) {
        continue;
      }
      if (owner instanceof PeerStream stream) {
        stream.ready();
      } else if (owner instanceof Ready port) {
        try {
          port.ready();
        } catch (IOException e) {
          // A client that went before it was accepted.
        }
      }
    }
    selector.selectedKeys().clear();
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /** Lets the guest's last bytes leave, then ends all. */
  private void finish() throws IOException {
    engine.close(brokenRule.isPresent());
    published.close();
    names.close();
    long until = System.nanoTime() + FAREWELL_MILLIS * 1_000_000;
    while (brokenRule.isEmpty() && hasBytesToWrite() && System.nanoTime() < until) {
      selector.select(100);
      serveReady();
    }
    for (SelectionKey key : List.copyOf(selector.keys())) {
      key.channel().close();
    }
    selector.close();
    table.closeAll();
    fromEngine.close();
    // Whoever waits to hand over more finds it closed.
    freeChunks.release(CHUNKS);
  }

  private boolean hasBytesToWrite() {
    return selector.keys().stream()
        .anyMatch(key -> key.isValid() && (key.interestOps() & SelectionKey.OP_WRITE) != 0);
  }
}
