package io.oci2wasm.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Sets how much is logged (to stderr, see logback.xml): by default only what is wrong. */
final class Logging {
  private static final String OURS = "io.oci2wasm";

  private Logging() {}

  static void configure(int verbosity) {
    Level level =
        switch (verbosity) {
          case 0 -> Level.WARN;
          case 1 -> Level.INFO;
          default -> Level.DEBUG;
        };
    ((Logger) LoggerFactory.getLogger(OURS)).setLevel(level);
  }
}
