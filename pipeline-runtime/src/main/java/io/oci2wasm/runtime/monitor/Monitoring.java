package io.oci2wasm.runtime.monitor;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The numbers and the health of one process. */
public final class Monitoring {
  /** What {@link #scrape} returns. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<String, HealthCheck> checks = new ConcurrentSkipListMap<>();

  public Monitoring() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** Says whether something works by returning or throwing. */
  public interface HealthCheck {
    /**
     * Looks once.
     *
     * @throws Exception whose message says what is wrong
     */
    void check() throws Exception;
  }

  public MeterRegistry registry() {
    return registry;
  }

  /** All numbers in Prometheus' text format. */
  public String scrape() {
    return registry.scrape(CONTENT_TYPE);
  }

  /** Adds a part to {@link #health}. */
  public void watch(String part, HealthCheck check) {
    checks.put(part, check);
  }

  /** Asks every part. */
  public Health health() {
    Map<String, String> failures = new ConcurrentSkipListMap<>();
    checks.forEach(
        (part, check) -> {
          try {
            check.check();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.put(part, "interrupted");
          } catch (Exception e) {
            failures.put(part, String.valueOf(e.getMessage()));
          }
        });
    return new Health(failures.isEmpty() ? "up" : "down", failures);
  }
}
