package io.oci2wasm.gateway.state.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.conversion.RequestReader.Place;
import io.oci2wasm.gateway.state.conversion.RequestReader.Tag;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class RequestReaderTest {
  private static final Place APP = new Place("r.example", "team/app", null);

  private TestState state;
  private RequestReader view;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    view = new RequestReader(state.database());
  }

  @AfterEach
  void close() {
    state.close();
  }

  private void push(String repository, @Nullable String tag, int second) {
    ImageReference image =
        new ImageReference(
            "r.example", repository, tag, tag == null ? SampleRequest.digest("app") : null);
    String id = RequestIds.of("test", "r.example", repository + tag + second);
    state.accept(
        new ReceivedEvent(
            new ImagePushed(id, Lane.PUSH, "api", image, null, SampleRequest.time(second)),
            SampleRequest.time(second)));
  }

  private static List<@Nullable String> tags(List<Request> requests) {
    List<@Nullable String> tags = new ArrayList<>();
    requests.forEach(one -> tags.add(one.image().tag()));
    return tags;
  }

  @Test
  void shouldListARepositorysRequestsInPagesNewestFirst() throws Exception {
    push("team/app", "v1", 1);
    push("team/app", "v2", 2);
    push("team/other", "v9", 3);
    push("team/app", null, 4);

    Page<Request> first = view.list(APP, 2, null);
    Page<Request> second = view.list(APP, 2, first.next());

    assertThat(tags(first.items())).containsExactly(null, "v2");
    assertThat(tags(second.items())).containsExactly("v1");
    assertThat(second.next()).isNull();
    assertThat(view.list(new Place("r.example", "team/app", "v1"), 9, null).items()).hasSize(1);
    assertThat(view.list(new Place("s.example", "team/app", null), 9, null).items()).isEmpty();
  }

  @Test
  void shouldShowTheConversionsOfEach() throws Exception {
    state.accept(new SampleRequest("app", 0).everything());

    assertThat(view.list(APP, 9, null).items())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.conversions()).hasSize(2);
              assertThat(request.history()).isNull();
            });
  }

  @Test
  void shouldShowEachTagOnceWithItsNewestRequest() throws Exception {
    for (int second = 0; second < 9; second++) {
      push("team/app", "v" + second % 3, second);
    }
    push("team/app", null, 20);
    push("team/other", "v9", 21);

    Page<Tag> first = view.tags(APP, 2, null);
    Page<Tag> second = view.tags(APP, 2, first.next());

    assertThat(first.items()).extracting(Tag::tag).containsExactly("v0", "v1");
    assertThat(first.items())
        .extracting(one -> one.request().queuedAt())
        .containsExactly(SampleRequest.time(6), SampleRequest.time(7));
    assertThat(second.items()).extracting(Tag::tag).containsExactly("v2");
    assertThat(second.next()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "", "dg==/", "IA"})
  void shouldRefuseAPageThatItDidNotName(String page) {
    assertThatThrownBy(() -> view.tags(APP, 2, page)).hasMessageContaining("expected the \"next\"");
  }
}
