package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * What the host tells the engine while a container runs (docs/FORMATS.md, "The board": lines like
 * {@code signal 15}). The program reads them from a descriptor of its own, beside standard input,
 * which may be stuck when a container does not read it. Thread-safe.
 */
public final class ControlLines {
  /** The descriptor's number: above any that a program gets for a file. */
  public static final int DESCRIPTOR = 1 << 20;

  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private Runnable listener = () -> {};

  /** The window has another size. */
  public void windowSize(WindowSize size) {
    say("winsize " + size);
  }

  /** A signal for the container's first process, by Linux's number. */
  public void signal(int number) {
    say("signal " + number);
  }

  private void say(String line) {
    Runnable toTell;
    synchronized (this) {
      waiting.writeBytes((line + "\n").getBytes(US_ASCII));
      toTell = listener;
    }
    toTell.run();
  }

  /** Calls {@code listener} after every line. */
  synchronized void whenSaid(Runnable listener) {
    this.listener = listener;
  }

  /** How many bytes can be read. */
  synchronized int available() {
    return waiting.size();
  }

  /** Takes at most {@code limit} of the bytes that wait. */
  synchronized byte[] read(int limit) {
    byte[] all = waiting.toByteArray();
    byte[] part = Arrays.copyOf(all, Math.min(limit, all.length));
    waiting.reset();
    waiting.write(all, part.length, all.length - part.length);
    return part;
  }
}
