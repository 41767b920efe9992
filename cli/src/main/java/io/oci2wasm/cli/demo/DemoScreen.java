package io.oci2wasm.cli.demo;

import java.io.PrintWriter;

/** The demo's lines: who says it, what is said, and when. */
final class DemoScreen {
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrintWriter out;
  private final long begin = System.nanoTime();

  DemoScreen(PrintWriter out) {
    this.out = out;
  }

  /** One line, e.g. {@code 2.1 s build linux/riscv64 built}. */
  synchronized void say(String who, String what) {
    out.printf("%5.1f s  %-9s %s%n", seconds(), who, what);
    out.flush();
  }

  synchronized void line(String text) {
    out.println(text);
    out.flush();
  }

  private double seconds() {
    return (System.nanoTime() - begin) / NANOS_PER_SECOND;
  }
}
