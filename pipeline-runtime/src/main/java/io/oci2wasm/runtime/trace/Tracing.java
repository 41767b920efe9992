package io.oci2wasm.runtime.trace;

import io.oci2wasm.runtime.config.ConfigException;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Sends traces to a collector, as OpenTelemetry's own variables say it ({@code
 * OTEL_EXPORTER_OTLP_ENDPOINT} and the others). Without an endpoint nothing is traced.
 */
public final class Tracing implements AutoCloseable {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

  /** Its lines would stand between ours; kept, for loggers that nobody holds lose their level. */
  private static final Logger FOREIGN = Logger.getLogger("io.opentelemetry");

  private final OpenTelemetrySdk sdk;

  private Tracing(OpenTelemetrySdk sdk) {
    this.sdk = sdk;
  }

  /** Whether {@code environment} names a collector. */
  public static boolean isConfigured(Map<String, String> environment) {
    return Stream.of(ENDPOINT, TRACES_ENDPOINT)
        .anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
  }

  /**
   * Traces the steps of this process from now on.
   *
   * @param part which part this is, e.g. {@code build-worker}: the service's name, unless {@code
   *     OTEL_SERVICE_NAME} has another
   * @throws ConfigException if a variable has no meaning
   */
  public static Tracing start(String part) {
    Map<String, String> defaults = new HashMap<>();
    defaults.put("otel.service.name", "oci2wasm-" + part);
    defaults.put("otel.exporter.otlp.protocol", "http/protobuf");
    // Metrics are for Prometheus, and logs stay where they are.
    defaults.put("otel.metrics.exporter", "none");
    defaults.put("otel.logs.exporter", "none");
    FOREIGN.setLevel(Level.OFF);
    try {
      return new Tracing(
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .setResultAsGlobal()
              .addPropertiesSupplier(() -> defaults)
              .addSpanExporterCustomizer((exporter, properties) -> new ToldExporter(exporter))
              .build()
              .getOpenTelemetrySdk());
    } catch (ConfigurationException e) {
      throw new ConfigException("a variable of OpenTelemetry: " + e.getMessage(), e);
    }
  }

  /** Sends what has ended, and ends. */
  @Override
  public void close() {
    sdk.close();
  }
}
