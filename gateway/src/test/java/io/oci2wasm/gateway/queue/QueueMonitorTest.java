package io.oci2wasm.gateway.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.work.QueueLevels;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class QueueMonitorTest {
  private static final Clock CLOCK =
      Clock.fixed(SampleQueues.OLDEST.plus(Duration.ofMillis(2500)), ZoneOffset.UTC);

  private final Monitoring monitoring = new Monitoring();
  private final SampleQueues queues = new SampleQueues();
  private final BlockingQueue<QueueLevels> heard = new LinkedBlockingQueue<>();

  @Test
  void shouldShowDepthAndAgeOfEachLaneAndWaitingRetries() throws Exception {
    queues.fill(7);

    try (QueueMonitor monitor = QueueMonitor.open(queues, monitoring.registry(), CLOCK)) {
      monitor.readOnce();

      assertThat(monitoring.scrape())
          .contains(
              "oci2wasm_queue_depth{lane=\"push\",stage=\"ingest\"} 7.0",
              "oci2wasm_queue_depth{lane=\"bulk\",stage=\"build\"} 0.0",
              "oci2wasm_queue_age_seconds{lane=\"push\",stage=\"ingest\"} 2.5",
              "oci2wasm_queue_age_seconds{lane=\"bulk\",stage=\"build\"} 0.0",
              "oci2wasm_queue_retries{stage=\"resolve\"} 2.0",
              "oci2wasm_queue_depth{lane=\"push\",stage=\"deliver\"} 0.0",
              "oci2wasm_queue_age_seconds{lane=\"bulk\",stage=\"deliver\"} 0.0",
              "oci2wasm_queue_retries{stage=\"deliver\"} 2.0")
          .doesNotContain("stage=\"gateway\"");
    }
  }

  @Test
  void shouldShowNothingKnownWhenKafkaIsAway() {
    try (QueueMonitor monitor = QueueMonitor.open(queues, monitoring.registry(), CLOCK)) {
      monitor.readOnce();
      queues.goAway();
      monitor.readOnce();

      assertThat(monitor.latest()).isEmpty();
      assertThat(monitoring.scrape())
          .contains(
              "oci2wasm_queue_depth{lane=\"push\",stage=\"ingest\"} NaN",
              "oci2wasm_queue_age_seconds{lane=\"push\",stage=\"ingest\"} NaN");
    }
  }

  @Test
  void shouldTellListenersWhatItReadsByItself() throws Exception {
    try (QueueMonitor monitor = QueueMonitor.open(queues, monitoring.registry(), CLOCK)) {
      monitor.listen(heard::add);
      monitor.start();

      assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo(monitor.latest().orElseThrow());
    }
  }
}
