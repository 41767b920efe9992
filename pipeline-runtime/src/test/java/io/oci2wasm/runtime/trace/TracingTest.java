package io.oci2wasm.runtime.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a collector gets, and what goes from step to step. */
@SuppressWarnings({"NullAway.Init", "try"}) // the set-up sets the field; steps last as a block does
class TracingTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";

  private final Queue<byte[]> sent = new ConcurrentLinkedQueue<>();
  private HttpServer collector;

  @BeforeEach
  void start() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          sent.add(exchange.getRequestBody().readAllBytes());
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    System.setProperty(
        "otel.exporter.otlp.endpoint", "http://127.0.0.1:" + collector.getAddress().getPort());
    System.setProperty("otel.exporter.otlp.compression", "none");
  }

  @AfterEach
  void stop() {
    System.clearProperty("otel.exporter.otlp.endpoint");
    System.clearProperty("otel.exporter.otlp.compression");
    GlobalOpenTelemetry.resetForTest();
    collector.stop(0);
  }

  @Test
  void shouldSendStepsWithWhatIsNoted() throws Exception {
    String next;
    try (Tracing tracing = Tracing.start("build-worker")) {
      try (Step step = Step.begin("build", SpanKind.CONSUMER, PARENT)) {
        step.note("image", "registry.example/team/app:1");
        next = Step.current().orElseThrow();
      }
      assertThat(Step.current()).isEmpty();
    }

    assertThat(next).startsWith("00-" + TRACE + "-").endsWith("-01").isNotEqualTo(PARENT);
    assertThat(sent).hasSize(1);
    byte[] body = sent.remove();
    assertThat(new String(body, StandardCharsets.ISO_8859_1))
        .contains("oci2wasm-build-worker")
        .contains("oci2wasm.image")
        .contains("registry.example/team/app:1");
    assertThat(HexFormat.of().formatHex(body)).contains(TRACE).contains("b7ad6b7169203331");
  }

  @Test
  void shouldBeginAnewWithoutAParentThatCanBeRead() {
    try (Tracing tracing = Tracing.start("gateway")) {
      for (String none : new String[] {null, "", "00-xyz", "01"}) {
        try (Step step = Step.begin("webhook", SpanKind.SERVER, none)) {
          assertThat(Step.current())
              .hasValueSatisfying(own -> assertThat(own).doesNotContain(TRACE));
        }
      }
    }
  }

  @Test
  void shouldOnlyHandOnWhereNobodyTraces() {
    try (Step step = Step.begin("build", SpanKind.CONSUMER, PARENT)) {
      step.note("image", "any");
      assertThat(Step.current()).contains(PARENT);
    }
    try (Step step = Step.begin("build", SpanKind.CONSUMER, null)) {
      assertThat(Step.current()).isEmpty();
    }
    assertThat(sent).isEmpty();
  }

  @Test
  void shouldBeOffWithoutAnEndpoint() {
    assertThat(Tracing.isConfigured(Map.of())).isFalse();
    assertThat(Tracing.isConfigured(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", " "))).isFalse();
    assertThat(Tracing.isConfigured(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")))
        .isTrue();
    assertThat(
            Tracing.isConfigured(
                Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/v1/traces")))
        .isTrue();
  }
}
