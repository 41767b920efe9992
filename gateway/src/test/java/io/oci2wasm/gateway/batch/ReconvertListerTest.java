package io.oci2wasm.gateway.batch;

import static io.oci2wasm.gateway.state.SampleRequest.INDEX;
import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.conversion.RequestedImages;
import io.oci2wasm.testsupport.SettableClock;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class ReconvertListerTest {
  private final RecordingPublisher publisher = new RecordingPublisher();
  private TestState state;
  private BatchTransactions transactions;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    transactions = new BatchTransactions(state.database(), new SettableClock(time(9)));
    for (String name : new String[] {"app", "application", "web"}) {
      state.accept(new SampleRequest(name, name.length()).ingested());
    }
    // The same image again, and one whose tag was never resolved.
    state.accept(new SampleRequest("app", 20, "1".repeat(32)).ingested());
    state.accept(new SampleRequest("unresolved", 1).pushed());
  }

  @AfterEach
  void close() {
    state.close();
  }

  private List<TopicEvent> list(List<String> repositories, @Nullable Instant since)
      throws IOException {
    BatchRequested requested =
        new BatchRequested(
            "b".repeat(32), Kind.RECONVERT, "r.example", repositories, since, null, 0, time(0));
    state.acceptBatches(List.of(requested));
    lister().list(transactions.open());
    return List.copyOf(publisher.published());
  }

  private ReconvertLister lister() {
    return new ReconvertLister(
        new RequestedImages(state.database()), publisher, new SettableClock(time(9)));
  }

  private static BatchEntered entered(String name) {
    return new BatchEntered(
        "b".repeat(32), new ImageReference("r.example", "team/" + name, "1", INDEX));
  }

  private static BatchChanged listed(int entries) {
    return new BatchChanged("b".repeat(32), BatchChanged.Change.LISTED, null, time(9), entries);
  }

  @Test
  void shouldNameEachImageThatWasAskedForOnceAndThenSayThatItIsAll() throws Exception {
    assertThat(list(List.of(), null))
        .containsExactly(entered("app"), entered("application"), entered("web"), listed(3));
  }

  @Test
  void shouldChooseByRepositoryAndTime() throws Exception {
    assertThat(list(List.of("team/app*", "other"), time(10)))
        .containsExactly(entered("app"), entered("application"), listed(2));
  }

  @Test
  void shouldUnderstandGlobsAsConfigurationDoes() throws Exception {
    assertThat(list(List.of("team.app", "*", "team/a?p"), null))
        .containsExactly(entered("app"), listed(1));
  }

  @Test
  void shouldListAnewWhereItDiedBeforeTheEnd() throws Exception {
    List<TopicEvent> first = list(List.of(), null);
    state.acceptBatches(first.subList(0, 2));

    lister().list(transactions.open());
    state.acceptBatches(publisher.published());

    assertThat(publisher.published()).hasSize(8);
    assertThat(transactions.waiting("b".repeat(32), 99)).hasSize(3);
    publisher.published().clear();
    lister().list(transactions.open());
    assertThat(publisher.published()).isEmpty();
  }

  @Test
  void shouldLeaveScansToIngest() throws Exception {
    state.acceptBatches(List.of(new SampleBatch(Kind.SCAN).requested()));

    lister().list(transactions.open());

    assertThat(publisher.published()).isEmpty();
  }
}
