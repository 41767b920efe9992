package io.oci2wasm.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.retention.Deletions;
import io.oci2wasm.gateway.retention.KnownBundle;
import io.oci2wasm.gateway.retention.KnownImage;
import java.io.IOException;
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

  @Test
  void shouldKnowAnImageByTagThenByDigestAndWhetherItIsOpen() throws Exception {
    state.accept(APP.pushed());
    assertThat(facts.images())
        .containsExactly(
            new KnownImage(
                "r.example",
                "team/app",
                null,
                SampleRequest.time(0),
                SampleRequest.time(0),
                true,
                null));
    state.accept(APP.ingested());
    state.accept(APP.resolved());
    state.accept(APP.skipped());
    assertThat(facts.images()).singleElement().matches(KnownImage::open);

    state.accept(APP.built(4, false));

    assertThat(facts.images())
        .containsExactly(
            new KnownImage(
                "r.example",
                "team/app",
                SampleRequest.INDEX,
                SampleRequest.time(0),
                SampleRequest.time(4),
                false,
                null));
    assertThat(facts.bundles())
        .containsExactly(
            new KnownBundle(
                "c".repeat(64),
                SampleRequest.digest("app"),
                "r.example",
                "team/app",
                SampleRequest.time(4)));
  }

  @Test
  void shouldJoinTheRequestsOfOneImageAndTellRepositoriesApart() throws Exception {
    SampleRequest other = new SampleRequest("other", 7);
    SampleRequest again = new SampleRequest("app", 9, "f".repeat(32));
    for (SampleRequest request : new SampleRequest[] {APP, other, again}) {
      state.accept(request.pushed());
      state.accept(request.ingested());
    }

    assertThat(facts.images())
        .extracting(KnownImage::repository, KnownImage::asked, KnownImage::used)
        .containsExactlyInAnyOrder(
            tuple("team/app", SampleRequest.time(9), SampleRequest.time(11)),
            tuple("team/other", SampleRequest.time(7), SampleRequest.time(9)));
    assertThat(facts.imagesSince(SampleRequest.time(10)))
        .extracting(KnownImage::repository)
        .containsExactly("team/app");
  }

  @Test
  void shouldRefuseToAnswerWhileTheTopicsAreBeingRead() {
    StateImageFacts behind =
        new StateImageFacts(
            state.database(),
            new Deletions(),
            () -> {
              throw new IllegalStateException("the past is still being read");
            });

    assertThatThrownBy(behind::requireCurrent)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("the past is still being read");
  }
}
