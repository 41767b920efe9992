package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.oci2wasm.runtime.LogKeys;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class LoggingTest {
  private final OutputStreamAppender<ILoggingEvent> appender = appender();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private Encoder<ILoggingEvent> encoder = appender.getEncoder();
  private PrintStream stderr = System.err;

  @BeforeEach
  void listen() {
    encoder = appender.getEncoder();
    stderr = System.err;
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setErr(stderr);
    MDC.clear();
    appender.stop();
    appender.setEncoder(encoder);
    appender.start();
    Logging.configure(0, Logging.Format.TEXT);
  }

  @Test
  void shouldWriteEachLineAsOneObjectWithItsKeysAsMembers() throws Exception {
    // Given
    Logging.configure(1, Logging.Format.JSON);
    MDC.put(LogKeys.REQUEST_ID, "r1");

    // When
    LoggerFactory.getLogger("io.oci2wasm.sample")
        .atWarn()
        .setCause(new IllegalStateException("two\nlines"))
        .addKeyValue(LogKeys.DURATION_MS, 12)
        .log("Said \"so\"\nin two lines");

    // Then
    assertThat(text().lines()).hasSize(1);
    JsonNode line = new ObjectMapper().readTree(text());
    assertThat(line.path("message").textValue()).isEqualTo("Said \"so\"\nin two lines");
    assertThat(line.path("level").textValue()).isEqualTo("WARN");
    assertThat(line.path("logger_name").textValue()).isEqualTo("io.oci2wasm.sample");
    assertThat(line.path("requestId").textValue()).isEqualTo("r1");
    assertThat(line.path("durationMs").intValue()).isEqualTo(12);
    assertThat(line.path("@timestamp").textValue()).endsWith("Z");
    assertThat(line.path("stack_trace").textValue()).contains("IllegalStateException");
  }

  @Test
  void shouldWriteTheIdsOfARequestInTextToo() {
    Logging.configure(1, Logging.Format.TEXT);
    MDC.put(LogKeys.REQUEST_ID, "r1");

    LoggerFactory.getLogger("io.oci2wasm.sample").atInfo().log("Said");

    assertThat(text()).contains("Said").contains("requestId=r1");
  }

  @Test
  void shouldLetNobodyWriteLinesOfHisOwn() {
    Logging.configure(1, Logging.Format.TEXT);
    String forged = "team/app\n12:00:00.000 ERROR i.o.gateway\u2028 Forged\u001b[2J\u202e";
    MDC.put(LogKeys.REQUEST_ID, forged);

    LoggerFactory.getLogger("io.oci2wasm.sample")
        .atWarn()
        .setCause(new IllegalStateException(forged, new IllegalArgumentException(forged)))
        .addKeyValue(LogKeys.IMAGE_REF, forged)
        .log("Said");

    assertThat(text().lines().filter(line -> !line.startsWith("  "))).hasSize(1);
    assertThat(text())
        .contains(
            "imageRef=\"team/app\\u000a12:00:00.000 ERROR i.o.gateway\\u2028 Forged\\u001b[2J")
        .doesNotContain("\u001b", "\u2028", "\u202e", "\t");
    assertThat(text()).contains("Caused by: java.lang.IllegalArgumentException");
  }

  @Test
  void shouldWriteEachEntryOnALineOfItsOwn() {
    Logging.configure(1, Logging.Format.TEXT);

    LoggerFactory.getLogger("io.oci2wasm.sample").atInfo().log("First");
    LoggerFactory.getLogger("io.oci2wasm.sample").atInfo().log("Second");

    assertThat(text().lines()).hasSize(2);
    assertThat(text().lines().skip(1)).allMatch(line -> line.contains("Second"));
    assertThat(text()).doesNotContain("%");
  }

  @Test
  void shouldRefuseAnUnknownFormatInOneLine() {
    Cli.Result result = Cli.execute("inspect", "--log-format", "xml", "no-such-file");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("--log-format").contains("TEXT, JSON").contains("xml");
  }

  private String text() {
    return written.toString(StandardCharsets.UTF_8);
  }

  private static OutputStreamAppender<ILoggingEvent> appender() {
    return (OutputStreamAppender<ILoggingEvent>)
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).getAppender("stderr");
  }
}
