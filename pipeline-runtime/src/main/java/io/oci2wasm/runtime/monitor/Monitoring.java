package io.oci2wasm.runtime.monitor;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.oci2wasm.runtime.ProgramVersion;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/** The metrics and the health of one process. */
public final class Monitoring {
  /** What {@link #scrape} returns. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<String, Probe> needed = new ConcurrentSkipListMap<>();
  private final Map<String, Probe> others = new ConcurrentSkipListMap<>();
  private final Map<String, BooleanSupplier> threads = new ConcurrentSkipListMap<>();

  /** One thread at most for each part. */
  private final ExecutorService askers = Executors.newCachedThreadPool(Monitoring::asker);

  public Monitoring() {
    registry.config().meterFilter(new ConventionalNames());
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    FunctionCounter.builder("process.cpu", ProcessHandle.current(), Monitoring::cpuSeconds)
        .description("Processor time that the process has used")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder("oci2wasm.build.info", () -> 1)
        .description("Always 1; the labels say which program this is")
        .tags("version", ProgramVersion.text(), "java", Runtime.version().toString())
        .register(registry);
  }

  /** 0 where the system does not tell. */
  private static double cpuSeconds(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1000.0;
  }

  /**
   * Prometheus' conventions for what Micrometer names otherwise: times are in seconds, and {@code
   * _count} is the end of histograms' names alone.
   */
  private static final class ConventionalNames implements MeterFilter {
    @Override
    public MeterFilterReply accept(Meter.Id id) {
      return id.getName().equals("process.cpu.time")
          ? MeterFilterReply.DENY
          : MeterFilterReply.NEUTRAL;
    }

    @Override
    public Meter.Id map(Meter.Id id) {
      return id.getName().equals("system.cpu.count") ? id.withName("system.cpus") : id;
    }
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

  /** Adds a part without which this process cannot do its work. */
  public void watch(String part, HealthCheck check) {
    needed.put(part, new Probe(check));
  }

  /** Adds a part whose failure is told, while the process goes on without it. */
  public void observe(String part, HealthCheck check) {
    others.put(part, new Probe(check));
  }

  /**
   * Adds threads that never end by themselves.
   *
   * @param alive asked often, and at once: it must not wait for anything
   */
  public void living(String part, BooleanSupplier alive) {
    threads.put(part, alive);
  }

  /** Whether every thread is alive; a process where one is not should be started anew. */
  public Health liveness() {
    return Health.of(dead(), Map.of());
  }

  /** Asks every part; parts that hang are told as failing within a second. */
  public Health readiness() {
    needed.values().forEach(probe -> probe.ask(askers));
    others.values().forEach(probe -> probe.ask(askers));
    Map<String, String> failing = dead();
    failing.putAll(problems(needed));
    return Health.of(failing, problems(others));
  }

  private Map<String, String> dead() {
    Map<String, String> dead = new TreeMap<>();
    threads.forEach(
        (part, alive) -> {
          if (!alive.getAsBoolean()) {
            dead.put(part, "a thread has died; look into the log");
          }
        });
    return dead;
  }

  private static Map<String, String> problems(Map<String, Probe> probes) {
    Map<String, String> problems = new TreeMap<>();
    probes.forEach((part, probe) -> probe.problem().ifPresent(why -> problems.put(part, why)));
    return problems;
  }

  private static Thread asker(Runnable task) {
    Thread thread = new Thread(task, "health");
    thread.setDaemon(true);
    return thread;
  }
}
