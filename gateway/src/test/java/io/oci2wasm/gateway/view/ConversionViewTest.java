package io.oci2wasm.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConversionViewTest {
  private static final Platform RISCV = Platform.parse("linux/riscv64");
  private static final Platform S390X = Platform.parse("linux/s390x");
  private static final Sha256Digest INDEX = digest("index");

  private final ConversionView view = new ConversionView(1000);

  @Test
  void shouldShowARequestAloneUntilItsPlatformsAreKnown() {
    Request request = new Request("one", 0);

    view.accept(request.pushed());
    List<Conversion> queued = all();
    view.accept(request.started());
    List<Conversion> ingesting = all();
    view.accept(request.ingested());
    List<Conversion> resolving = all();
    view.accept(request.resolved());
    List<Conversion> building = all();

    assertThat(queued)
        .extracting(Conversion::id, Conversion::state)
        .containsExactly(tuple(request.id, ConversionState.QUEUED));
    assertThat(ingesting).extracting(Conversion::state).containsExactly(ConversionState.INGESTING);
    assertThat(resolving).extracting(Conversion::state).containsExactly(ConversionState.RESOLVING);
    assertThat(building)
        .extracting(Conversion::id, Conversion::state, Conversion::platform)
        .containsExactly(tuple(request.platformId(), ConversionState.BUILDING, RISCV));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldShowTheSameInWhateverOrderEventsCome(long seed) {
    Request request = new Request("one", 0);
    List<ReceivedEvent> events = request.everything();
    events.forEach(view::accept);
    ConversionView other = new ConversionView(1000);
    Collections.shuffle(events, new Random(seed));

    events.forEach(other::accept);

    assertThat(other.list(ConversionFilter.ANY, 50, null).items()).isEqualTo(all());
    assertThat(all())
        .extracting(Conversion::platform, Conversion::state, Conversion::reused, Conversion::layers)
        .containsExactlyInAnyOrder(
            tuple(RISCV, ConversionState.BUILT, false, new BundleBuilt.Layers(3, 2)),
            tuple(S390X, ConversionState.SKIPPED, null, null));
    assertThat(all()).extracting(Conversion::queuedAt).containsOnly(time(0));
  }

  @Test
  void shouldKeepARequestThatEndedAsAWhole() {
    Request request = new Request("one", 0);
    view.accept(request.pushed());

    view.accept(request.failed());

    assertThat(all())
        .singleElement()
        .satisfies(
            conversion -> {
              assertThat(conversion.id()).isEqualTo(request.id);
              assertThat(conversion.state()).isEqualTo(ConversionState.FAILED);
              assertThat(conversion.reason()).isEqualTo(Reason.NOT_FOUND);
              assertThat(conversion.message()).isEqualTo("gone");
              assertThat(conversion.updatedAt()).isEqualTo(time(9));
            });
    assertThat(view.find(request.id)).contains(all().get(0));
  }

  @Test
  void shouldFindAPlatformByItsIdOnly() {
    Request request = new Request("one", 0);
    request.everything().forEach(view::accept);

    assertThat(view.find(request.platformId()))
        .hasValueSatisfying(c -> assertThat(c.conversionId()).isEqualTo("c".repeat(64)));
    assertThat(view.find(request.id)).isEmpty();
    assertThat(view.find("nothing")).isEmpty();
    assertThat(view.find("f".repeat(32) + "-000000000000")).isEmpty();
  }

  @Test
  void shouldPageNewestFirstWithoutGapsOrRepeats() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      Request request = new Request("r" + i, i / 2);
      request.everything().forEach(view::accept);
    }
    all().forEach(conversion -> expected.add(conversion.id()));

    List<String> paged = new ArrayList<>();
    String page = null;
    do {
      ConversionPage answer = view.list(ConversionFilter.ANY, 3, page);
      answer.items().forEach(conversion -> paged.add(conversion.id()));
      page = answer.next();
    } while (page != null);

    assertThat(paged).isEqualTo(expected).hasSize(14);
    assertThat(all())
        .extracting(Conversion::queuedAt)
        .isSortedAccordingTo(Collections.reverseOrder());
  }

  @Test
  void shouldFilter() {
    Request one = new Request("one", 0);
    Request two = new Request("two", 1);
    one.everything().forEach(view::accept);
    view.accept(two.pushed());

    assertThat(filtered(new ConversionFilter(ConversionState.BUILT, null, null, null)))
        .containsExactly(one.platformId());
    assertThat(filtered(new ConversionFilter(null, "team/two", null, null)))
        .containsExactly(two.id);
    assertThat(filtered(new ConversionFilter(null, null, digest("one"), null)))
        .containsExactly(one.platformId());
    assertThat(filtered(new ConversionFilter(null, null, INDEX, null))).hasSize(2);
    assertThat(filtered(new ConversionFilter(null, null, null, two.id))).containsExactly(two.id);
    assertThat(filtered(new ConversionFilter(ConversionState.FAILED, null, null, null))).isEmpty();
  }

  @Test
  void shouldForgetTheOldestRequests() {
    ConversionView small = new ConversionView(2);
    Request oldest = new Request("oldest", 0);

    small.accept(new Request("newest", 2).pushed());
    small.accept(oldest.pushed());
    small.accept(new Request("middle", 1).pushed());

    assertThat(small.list(ConversionFilter.ANY, 50, null).items())
        .extracting(c -> c.image().repository())
        .containsExactly("team/newest", "team/middle");
    assertThat(small.find(oldest.id)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "!!!", "MjAyNi0xMS0yNFQxMDowMDowMFogc2hvcnQ"})
  void shouldRejectAPageOfItsOwnInvention(String page) {
    assertThatThrownBy(() -> view.list(ConversionFilter.ANY, 50, page))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + page + "\"");
  }

  private List<Conversion> all() {
    return view.list(ConversionFilter.ANY, 500, null).items();
  }

  private List<String> filtered(ConversionFilter filter) {
    return view.list(filter, 50, null).items().stream().map(Conversion::id).toList();
  }

  private static Sha256Digest digest(String text) {
    return Sha256Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Instant time(int second) {
    return Instant.parse("2026-11-24T10:00:00Z").plusSeconds(second);
  }

  /** A request for an index of two platforms, pushed at some second. */
  private record Request(String name, int second, String id) {
    Request(String name, int second) {
      this(name, second, RequestIds.of("test", "r.example", name));
    }

    String platformId() {
      return id + "-" + digest(name).shortHex();
    }

    private ImageReference image(@Nullable Sha256Digest digest) {
      return new ImageReference("r.example", "team/" + name, "1", digest);
    }

    private ReceivedEvent at(int offset, PipelineEvent event) {
      return new ReceivedEvent(event, time(second + offset));
    }

    ReceivedEvent pushed() {
      return at(0, new ImagePushed(id, Lane.PUSH, "test", image(null), null, time(second)));
    }

    ReceivedEvent started() {
      return at(1, new StageStarted(id, Lane.PUSH, Stage.INGEST, image(null)));
    }

    ReceivedEvent ingested() {
      return at(
          2,
          new ImageIngested(
              id,
              Lane.PUSH,
              image(INDEX),
              new Descriptor(MediaTypes.OCI_INDEX, INDEX, 5),
              new ImageIngested.Blobs(1, 1, 1),
              List.of()));
    }

    ReceivedEvent resolved() {
      return at(
          3,
          new PlatformResolved(
              id,
              Lane.PUSH,
              image(INDEX),
              RISCV,
              new Descriptor(MediaTypes.OCI_MANIFEST, digest(name), 5),
              2));
    }

    ReceivedEvent skipped() {
      return at(
          3,
          Endings.ofPlatform(
              new StageStarted(id, Lane.PUSH, Stage.RESOLVE, image(INDEX)),
              Stage.RESOLVE,
              S390X,
              digest(name + "-s390x"),
              Reason.NO_ENGINE,
              "none",
              2,
              false));
    }

    ReceivedEvent built(int offset, boolean reused) {
      return at(
          offset,
          new BundleBuilt(
              id,
              Lane.PUSH,
              "c".repeat(64),
              image(INDEX),
              RISCV,
              digest(name),
              reused,
              new BundleBuilt.StoredBundle("key", digest("bundle"), 1),
              new BundleBuilt.Layers(3, reused ? 0 : 2),
              1));
    }

    ReceivedEvent failed() {
      return at(
          9,
          Endings.ofRequest(
              new StageStarted(id, Lane.PUSH, Stage.INGEST, image(null)),
              Stage.INGEST,
              Reason.NOT_FOUND,
              "gone"));
    }

    /** All events of the request; the bundle is announced twice, as after a crash. */
    List<ReceivedEvent> everything() {
      return new ArrayList<>(
          List.of(
              pushed(),
              started(),
              ingested(),
              resolved(),
              skipped(),
              built(4, false),
              built(5, true)));
    }
  }
}
