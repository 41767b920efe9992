package io.oci2wasm.buildworker.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program of this class path in a JVM of its own, which may crash, or use up its memory,
 * without harm to the worker. It gets nothing of the worker's environment, and ends with it: its
 * standard input is a pipe that ends then.
 */
public final class ChildJvm {
  /** As the JVM ends on {@code ExitOnOutOfMemoryError}. */
  private static final int OUT_OF_MEMORY = 3;

  private static final int MAX_OUTPUT_BYTES = 1 << 16;

  /** What the JVM needs to name files. */
  private static final List<String> INHERITED = List.of("LANG", "LC_ALL", "LC_CTYPE");

  /**
   * An engine's loop is one huge method, for which the optimising compiler does nothing. Nearly all
   * of the heap is one array, which is old at once. The JVM's own warnings would stand in what the
   * program prints.
   */
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:MaxNewSize=128m",
          "-XX:TieredStopAtLevel=1",
          "-XX:-DontCompileHugeMethods",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:ErrorFile=/dev/null",
          "-XX:-UsePerfData",
          "-Xlog:disable");

  private final String program;
  private final Path cache;

  /**
   * Runs {@code program}.
   *
   * @param program a class with {@code main}
   * @param cache a folder for what it keeps
   */
  public ChildJvm(String program, Path cache) {
    this.program = program;
    this.cache = cache;
  }

  /**
   * How a run ended.
   *
   * @param inTime false if it was killed
   * @param exitCode 128 and more: by a signal
   * @param output the first of its standard output
   * @param errors the first of its standard error
   */
  public record Ended(boolean inTime, int exitCode, String output, String errors) {
    public boolean isOutOfMemory() {
      return inTime && exitCode == OUT_OF_MEMORY;
    }
  }

  /**
   * Runs the program to its end, or kills it.
   *
   * @param directory where it runs, and its output goes
   * @param heapBytes what its objects have
   * @throws InterruptedException if this thread is interrupted; the program is killed then
   */
  public Ended run(List<String> words, Path directory, long heapBytes, Duration maxTime)
      throws IOException, InterruptedException {
    Path output = directory.resolve("stdout");
    Path errors = directory.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command(words, directory, heapBytes))
            .directory(directory.toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(INHERITED);
    environment.put("XDG_CACHE_HOME", cache.toString());
    Process process = builder.start();
    try {
      boolean inTime = process.waitFor(maxTime.toMillis(), TimeUnit.MILLISECONDS);
      if (!inTime) {
        kill(process);
      }
      return new Ended(inTime, process.waitFor(), beginning(output), beginning(errors));
    } finally {
      kill(process);
      Files.deleteIfExists(output);
      Files.deleteIfExists(errors);
    }
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    // Else it might still write into a folder that is removed.
    Process unused = process.destroyForcibly().onExit().join();
  }

  private List<String> command(List<String> words, Path directory, long heapBytes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heapBytes);
    command.addAll(JVM_OPTIONS);
    command.add("-Djava.io.tmpdir=" + directory);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program);
    command.addAll(words);
    return command;
  }

  private static String beginning(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_OUTPUT_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int read = 0;
      while (bytes.hasRemaining() && read >= 0) {
        read = channel.read(bytes);
      }
    }
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString().strip();
  }
}
