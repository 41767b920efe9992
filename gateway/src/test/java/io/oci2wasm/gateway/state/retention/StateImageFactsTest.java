package io.oci2wasm.gateway.state.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.retention.Deletions;
import io.oci2wasm.gateway.retention.RequestFact;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.runtime.event.NotCaughtUpException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class StateImageFactsTest {
  private static final SampleRequest APP = new SampleRequest("app", 0);

  private TestState state;
  private StateImageFacts facts;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    facts = new StateImageFacts(state.database(), new Deletions(), () -> {});
  }

  @AfterEach
  void close() {
    state.close();
  }

  private List<RequestFact> requests() throws IOException {
    List<RequestFact> all = new ArrayList<>();
    facts.requests(all::add);
    return all;
  }

  @Test
  void shouldKnowAnImageByTagThenByDigestAndHowItsPlatformsStand() throws Exception {
    state.accept(APP.pushed());
    assertThat(requests())
        .containsExactly(
            new RequestFact(
                APP.id(),
                "r.example",
                "team/app",
                "1",
                null,
                SampleRequest.time(0),
                SampleRequest.time(0),
                true,
                false,
                List.of(
                    new RequestFact.ConversionFact(
                        null, ConversionState.QUEUED, null, SampleRequest.time(0)))));
    state.accept(APP.ingested());
    state.accept(APP.resolved());
    state.accept(APP.skipped());
    assertThat(requests()).singleElement().matches(RequestFact::open);

    state.accept(APP.built(4, false));

    assertThat(requests())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.digest()).isEqualTo(SampleRequest.INDEX);
              assertThat(request.used()).isEqualTo(SampleRequest.time(4));
              assertThat(request.open()).isFalse();
              assertThat(request.conversions())
                  .containsExactlyInAnyOrder(
                      new RequestFact.ConversionFact(
                          SampleRequest.digest("app"),
                          ConversionState.BUILT,
                          "c".repeat(64),
                          SampleRequest.time(4)),
                      new RequestFact.ConversionFact(
                          SampleRequest.digest("app-s390x"),
                          ConversionState.SKIPPED,
                          null,
                          SampleRequest.time(3)));
            });
    assertThat(facts.bundles(List.of(SampleRequest.digest("app"), SampleRequest.INDEX)))
        .containsExactly("c".repeat(64));
  }

  @Test
  void shouldShowWhatCameOrWasWorkedOnSince() throws Exception {
    SampleRequest other = new SampleRequest("other", 7);
    SampleRequest again = new SampleRequest("app", 9, "f".repeat(32));
    for (SampleRequest request : new SampleRequest[] {APP, other, again}) {
      state.accept(request.pushed());
      state.accept(request.ingested());
    }
    List<RequestFact> since = new ArrayList<>();

    facts.requestsSince(SampleRequest.time(10), since::add);

    assertThat(since).extracting(RequestFact::id).containsExactly(again.id());
    assertThat(requests()).hasSize(3);
  }

  @Test
  void shouldRefuseToAnswerWhileTheTopicsAreBeingRead() {
    StateImageFacts behind =
        new StateImageFacts(
            state.database(),
            new Deletions(),
            () -> {
              throw new NotCaughtUpException("the past is still being read");
            });

    assertThatThrownBy(behind::requireCurrent)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("the past is still being read");
  }
}
