package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's terminal in raw mode: every key, Ctrl-C included, goes to the container, whose own
 * terminal does what a terminal does. Java has no call for it; every POSIX system has {@code stty}.
 */
public final class RawTerminal implements Closeable {
  private static final Logger LOGGER = LoggerFactory.getLogger(RawTerminal.class);
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,5}) ([0-9]{1,5})");

  private final String saved;
  private final Map<String, String> size;
  private final AtomicBoolean restored = new AtomicBoolean();

  private RawTerminal(String saved, Map<String, String> size) {
    this.saved = saved;
    this.size = size;
  }

  /** Sets raw mode until closed, or until the process ends. */
  public static RawTerminal open() throws IOException {
    RawTerminal terminal = new RawTerminal(stty("-g"), size(stty("size")));
    Runtime.getRuntime().addShutdownHook(new Thread(terminal::restore, "restore the terminal"));
    stty("raw", "-echo");
    return terminal;
  }

  private static Map<String, String> size(String text) {
    Matcher size = SIZE.matcher(text);
    return size.matches() && !text.equals("0 0")
        ? Map.of("LINES", size.group(1), "COLUMNS", size.group(2))
        : Map.of();
  }

  /** {@code LINES} and {@code COLUMNS}, if the terminal tells. */
  public Map<String, String> size() {
    return size;
  }

  private static String stty(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.INHERIT)
            .redirectErrorStream(true)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), US_ASCII).strip();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(
            "setting the terminal: stty found " + answer + "; run without --tty, or in a terminal");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while setting the terminal");
    }
    return answer;
  }

  private void restore() {
    if (restored.compareAndSet(false, true)) {
      try {
        stty(saved);
      } catch (IOException e) {
        LOGGER.atWarn().addKeyValue("error", e.getMessage()).log("The terminal is still raw");
      }
    }
  }

  @Override
  public void close() {
    restore();
  }
}
