package io.oci2wasm.gateway.batch;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.conversion.RequestedImages;
import io.oci2wasm.testsupport.SettableClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class ScanScheduleTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final SettableClock clock = new SettableClock(time(0));
  private final RecordingPublisher publisher = new RecordingPublisher();
  private TestState state;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
  }

  @AfterEach
  void close() {
    state.close();
  }

  /** As after a restart: it knows only what the database knows. */
  private ScanSchedule schedule(ScanConfig config) {
    BatchReader view = new BatchReader(state.database(), clock);
    return new ScanSchedule(
        config,
        view,
        new Batches(
            view,
            new BatchTransactions(state.database(), clock),
            new RequestedImages(state.database()),
            publisher,
            clock),
        clock);
  }

  private List<BatchRequested> begun() {
    return publisher.published().stream().map(BatchRequested.class::cast).toList();
  }

  private void list(BatchRequested batch) {
    state.acceptBatches(
        List.of(new BatchChanged(batch.batchId(), Change.LISTED, null, clock.instant(), 0)));
  }

  @Test
  void shouldScanEachRegistryAgainWhenItsTimeHasCome() throws Exception {
    ScanConfig config = new ScanConfig(DAY, List.of("a.example", "b.example:5000"));

    schedule(config).beginDue();
    begun().forEach(this::list);
    clock.pass(DAY.minusSeconds(1));
    schedule(config).beginDue();
    List<BatchRequested> first = begun();
    clock.pass(Duration.ofSeconds(1));
    schedule(config).beginDue();

    assertThat(first)
        .extracting(BatchRequested::registry)
        .containsExactly("a.example", "b.example:5000");
    assertThat(begun()).hasSize(4);
    assertThat(begun()).extracting(BatchRequested::batchId).doesNotHaveDuplicates();
    assertThat(begun()).allMatch(batch -> batch.kind() == BatchRequested.Kind.SCAN);
  }

  @Test
  void shouldNotScanARegistryWhoseScanIsOpen() throws Exception {
    ScanConfig config = new ScanConfig(DAY, List.of("a.example"));
    schedule(config).beginDue();
    clock.pass(DAY.multipliedBy(3));

    schedule(config).beginDue();
    int whileOpen = begun().size();
    list(begun().get(0));
    schedule(config).beginDue();

    assertThat(whileOpen).isEqualTo(1);
    assertThat(begun()).hasSize(2);
  }

  @Test
  void shouldScanNothingByItselfUnlessTold() throws Exception {
    schedule(ScanConfig.DEFAULT).beginDue();

    assertThat(begun()).isEmpty();
  }

  @Test
  void shouldRefuseHalfAConfiguration() {
    assertThatThrownBy(() -> new ScanConfig(DAY, List.of()))
        .hasMessageContaining("every without registries");
    assertThatThrownBy(() -> new ScanConfig(null, List.of("a.example")))
        .hasMessageContaining("registries without every");
    assertThatThrownBy(() -> new ScanConfig(DAY, List.of("http://a.example")))
        .hasMessageContaining("registry host: found \"http://a.example\"");
    assertThatThrownBy(() -> new ScanConfig(Duration.ofMillis(5), List.of("a.example")))
        .hasMessageContaining("every: found 5ms, expected 1s or more");
  }
}
