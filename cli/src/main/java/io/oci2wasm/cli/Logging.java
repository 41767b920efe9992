package io.oci2wasm.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.util.Locale;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.LoggerFactory;

/** Sets how much is logged to stderr, by default only what is wrong, and in which form. */
final class Logging {
  private static final String OURS = "io.oci2wasm";

  /** As in logback.xml. */
  private static final String APPENDER = "stderr";

  /** How a line looks. */
  enum Format {
    /** For people: see logback.xml. */
    TEXT,
    /** For log stores: one object a line, with each key of LogKeys as a member. */
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private Logging() {}

  static void configure(int verbosity, Format format) {
    if (format == Format.JSON) {
      writeJson();
    }
    Level level =
        switch (verbosity) {
          case 0 -> Level.WARN;
          case 1 -> Level.INFO;
          default -> Level.DEBUG;
        };
    ((Logger) LoggerFactory.getLogger(OURS)).setLevel(level);
  }

  private static void writeJson() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    OutputStreamAppender<ILoggingEvent> appender =
        (OutputStreamAppender<ILoggingEvent>) root.getAppender(APPENDER);
    LogstashEncoder encoder = new LogstashEncoder();
    encoder.setContext(root.getLoggerContext());
    encoder.setTimeZone("UTC");
    encoder.start();
    appender.stop();
    appender.setEncoder(encoder);
    appender.start();
  }
}
