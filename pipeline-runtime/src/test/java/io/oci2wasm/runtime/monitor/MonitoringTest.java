package io.oci2wasm.runtime.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What promtool would complain of; .ci/metrics.sh asks it about a whole pipeline. */
class MonitoringTest {
  private final String scraped = new Monitoring().scrape();

  @Test
  void shouldSayWhatEachMetricIs() {
    List<String> types = names("# TYPE ");

    assertThat(types).hasSizeGreaterThan(10).isEqualTo(names("# HELP "));
  }

  @Test
  void shouldNameMetricsAsPrometheusDoes() {
    assertThat(names("# TYPE "))
        .contains("process_cpu_seconds_total", "system_cpus", "process_cpu_usage")
        .noneMatch(name -> name.endsWith("_ns_total") || name.endsWith("_count"));
    assertThat(scraped.lines().filter(line -> line.startsWith("process_cpu_seconds_total ")))
        .singleElement()
        .satisfies(line -> assertThat(Double.parseDouble(line.split(" ", 2)[1])).isPositive());
  }

  private List<String> names(String mark) {
    return scraped
        .lines()
        .filter(line -> line.startsWith(mark) && line.split(" ", 4).length == 4)
        .map(line -> line.split(" ", 4)[2])
        .sorted()
        .toList();
  }
}
