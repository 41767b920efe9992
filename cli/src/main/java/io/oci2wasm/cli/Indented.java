package io.oci2wasm.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.pattern.CompositeConverter;
import java.util.stream.Collectors;

/**
 * {@code %indented(…)} in logback.xml: a stack trace, none of whose lines looks like the begin of
 * an entry, whatever the exceptions' messages hold.
 */
public final class Indented extends CompositeConverter<ILoggingEvent> {
  private static final String INDENT = "  ";

  @Override
  protected String transform(ILoggingEvent event, String text) {
    return text.lines()
        .map(line -> INDENT + line.replace("\t", INDENT))
        .map(OneLine::escape)
        .map(line -> line + System.lineSeparator())
        .collect(Collectors.joining());
  }
}
