package io.oci2wasm.gateway.state.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people are told of bundles that retention removes. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class BundleStatesTest {
  private static final SampleRequest APP = new SampleRequest("app", 0);
  private static final SampleRequest AGAIN = new SampleRequest("app", 20, "f".repeat(32));
  private static final BundleRemoved REMOVAL =
      new BundleRemoved("c".repeat(64), "count", SampleRequest.time(10));

  private TestState state;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
  }

  @AfterEach
  void close() {
    state.close();
  }

  private Conversion conversion(SampleRequest request) throws Exception {
    return state.view().find(request.platformId()).orElseThrow();
  }

  @Test
  void shouldSayThatABundleIsGoneAndWhy() throws Exception {
    state.accept(APP.everything());

    state.acceptRemovals(List.of(REMOVAL));

    Conversion removed = conversion(APP);
    assertThat(removed.status().state()).isEqualTo(ConversionState.REMOVED);
    assertThat(removed.status().message()).contains("rule count", "push or re-convert");
    assertThat(removed.history())
        .last()
        .satisfies(
            last -> {
              assertThat(last.state()).isEqualTo(ConversionState.REMOVED);
              assertThat(last.time()).isEqualTo(SampleRequest.time(10));
            });
    assertThat(state.view().findRequest(APP.id()).orElseThrow().ended()).isTrue();
    // Nothing that comes late, or again, brings it back.
    state.acceptRemovals(List.of(REMOVAL));
    state.accept(APP.everything());
    state.accept(APP.failed());
    assertThat(conversion(APP).status().state()).isEqualTo(ConversionState.REMOVED);
  }

  @Test
  void shouldSayTheSameInWhateverOrderItIsTold() throws Exception {
    state.acceptRemovals(List.of(REMOVAL));
    state.accept(APP.everything());

    assertThat(conversion(APP).status().state()).isEqualTo(ConversionState.REMOVED);

    state.accept(AGAIN.everything());
    state.acceptRemovals(List.of(REMOVAL));
    assertThat(conversion(APP).status().state()).isEqualTo(ConversionState.BUILT);
    assertThat(conversion(AGAIN).status().state()).isEqualTo(ConversionState.BUILT);
  }

  @Test
  void shouldSayThatABundleIsThereAgainForAllThatHaveIt() throws Exception {
    state.accept(APP.everything());
    state.acceptRemovals(List.of(REMOVAL));

    state.accept(AGAIN.everything());

    assertThat(conversion(APP).status().state()).isEqualTo(ConversionState.BUILT);
    assertThat(conversion(APP).status().message()).isNull();
    assertThat(conversion(APP).history())
        .noneMatch(entry -> entry.state() == ConversionState.REMOVED);
    assertThat(conversion(AGAIN).status().state()).isEqualTo(ConversionState.BUILT);

    state.acceptRemovals(
        List.of(new BundleRemoved("c".repeat(64), "unused", SampleRequest.time(40))));
    assertThat(conversion(APP).status().state()).isEqualTo(ConversionState.REMOVED);
    assertThat(conversion(AGAIN).status().message()).contains("rule unused");
  }

  @Test
  void shouldLeaveOtherBundlesAlone() throws Exception {
    state.accept(APP.everything());

    state.acceptRemovals(
        List.of(new BundleRemoved("d".repeat(64), "count", SampleRequest.time(10))));

    assertThat(conversion(APP).status().state()).isEqualTo(ConversionState.BUILT);
  }
}
