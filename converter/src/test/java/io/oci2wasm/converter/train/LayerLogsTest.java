package io.oci2wasm.converter.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.train.Recording.Edge;
import io.oci2wasm.converter.train.Recording.Leader;
import io.oci2wasm.converter.train.Recording.Page;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is kept with layers, and what images take of it. */
class LayerLogsTest {
  private static final Sha256Digest ENGINE = Sha256Digest.of(new byte[] {1});
  private static final Sha256Digest BASE = Sha256Digest.of(new byte[] {2});
  private static final Sha256Digest UPPER = Sha256Digest.of(new byte[] {3});
  private static final int LIMIT = 32 << 20;

  private static byte[] page(int content) {
    return ByteBuffer.allocate(Recording.PAGE_BYTES).putInt(content).array();
  }

  private static Sha256Digest digest(int content) {
    return Sha256Digest.of(page(content));
  }

  /** One page, with leaders at multiples of 4 bytes. */
  private static Recording hot(int page, int... counts) {
    return new Recording(
        List.of(new Page(0, digest(page))),
        IntStream.range(0, counts.length)
            .mapToObj(i -> new Leader(0, 4 * i, counts[i], 0))
            .toList(),
        List.of());
  }

  /** An image of a block of its own, pages 1 and 2 of the base, and page 2 again and 3 above. */
  private static FilePages image() throws IOException {
    ByteBuffer image = ByteBuffer.allocate(5 * Recording.PAGE_BYTES);
    image.put(page(0)).put(page(1)).put(page(2)).put(page(2)).put(page(3));
    TreeMap<Long, Sha256Digest> layers = new TreeMap<>();
    layers.put(1L, BASE);
    layers.put(3L, UPPER);
    Set<Sha256Digest> wanted =
        IntStream.range(0, 10).mapToObj(LayerLogsTest::digest).collect(Collectors.toSet());
    return FilePages.find(
        Channels.newChannel(new ByteArrayInputStream(image.array())),
        wanted,
        block -> layers.floorEntry(block) == null ? null : layers.floorEntry(block).getValue());
  }

  @Test
  void shouldDivideARecordingByLayersAndKeepNothingElseWithThem() throws Exception {
    // Given: pages of no layer, of the base, of the upper one, and of no file
    Recording all =
        new Recording(
            List.of(
                new Page(0, digest(0)),
                new Page(4096, digest(1)),
                new Page(-8192, digest(3)),
                new Page(8192, digest(2)),
                new Page(12288, digest(9))),
            List.of(
                new Leader(0, 0, 900, 0),
                new Leader(1, 4, 901, 1),
                new Leader(2, 8, 902, 0),
                new Leader(3, 12, 903, 0),
                new Leader(4, 16, 904, 0)),
            List.of(new Edge(0, 1), new Edge(1, 3), new Edge(3, 2), new Edge(2, 4)));

    // When
    List<Recording> base = image().ofLayer(BASE, List.of(all));
    List<Recording> upper = image().ofLayer(UPPER, List.of(all));

    // Then
    assertThat(base)
        .containsExactly(
            new Recording(
                List.of(new Page(0, digest(1)), new Page(4096, digest(2))),
                List.of(new Leader(0, 4, 901, 1), new Leader(1, 12, 903, 0)),
                List.of(new Edge(0, 1))));
    assertThat(upper)
        .containsExactly(
            new Recording(
                List.of(new Page(0, digest(3))), List.of(new Leader(0, 8, 902, 0)), List.of()));
    assertThat(image().ofLayer(ENGINE, List.of(all))).isEmpty();
    assertThat(image().ofLayer(BASE, List.of(hot(0, 900), hot(3, 900), hot(9, 900)))).isEmpty();
  }

  /** Between them lay a page of another layer, or of none. */
  @Test
  void shouldDivideWhatLiesFarApartInALayer() throws Exception {
    // Given
    long far = 3L << 29;
    Recording recording =
        new Recording(
            List.of(new Page(0, digest(1)), new Page(far / 2, digest(3)), new Page(far, digest(2))),
            List.of(new Leader(0, 0, 900, 0), new Leader(2, 0, 800, 0)),
            List.of(new Edge(0, 1)));

    // When, Then
    assertThat(image().ofLayer(BASE, List.of(recording))).containsExactly(hot(1, 900), hot(2, 800));
  }

  @Test
  void shouldRefuseALogOfPagesThatNoProcessorHas() {
    for (long offset : new long[] {Long.MIN_VALUE, 1L << 57, -1L << 57, 1}) {
      byte[] log =
          new TrainingLog(
                  ENGINE,
                  List.of(
                      new Recording(List.of(new Page(offset, digest(1))), List.of(), List.of())))
              .encode();

      assertThatThrownBy(() -> TrainingLog.parse(log))
          .isInstanceOf(IOException.class)
          .hasMessage("found recording: found a page at " + offset + ", expected a training log");
    }
  }

  @Test
  void shouldKeepTheHottestOnceAndNothingThatIsCold() {
    // Given
    Recording hot = hot(1, 1000, 900, 255);
    Recording hotter = hot(2, 3000);
    Recording again = hot(1, 700, 600, 255);
    Recording more = hot(1, 700, 600, 256);
    Recording cold = hot(3, 255, 255, 255);

    // When
    TrainingLog log = LayerLogs.merge(List.of(again, hot, cold, hotter, more, hot));

    // Then: what only tells again what others tell goes
    assertThat(log).isEqualTo(new TrainingLog(TrainingLog.NO_ENGINE, List.of(hotter, hot, more)));
  }

  @Test
  void shouldTakeHostileCountsForNoMoreThanARecordingHas() {
    // Given: one block executed 4 billion times, four 200,000 times each
    Recording hostile = hot(1, -1);
    Recording honest = hot(2, 200_000, 200_000, 200_000, 200_000);

    // When, Then
    assertThat(LayerLogs.merge(List.of(hostile, honest)).recordings())
        .containsExactly(honest, hostile);
  }

  /** Two workers that merge at once, each its own: who merges both results has lost nothing. */
  @Test
  void shouldChooseTheSameInWhateverOrderAndLoseNothingByMergingTwice() {
    // Given
    Random random = new Random(7);
    List<Recording> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      all.add(hot(random.nextInt(20), random.ints(6, 100, 5000).toArray()));
    }
    TrainingLog together = LayerLogs.merge(all);

    // When
    List<Recording> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    TrainingLog before = LayerLogs.merge(all.subList(0, 20));
    TrainingLog one = LayerLogs.merge(joined(before.recordings(), all.subList(20, 40)));
    TrainingLog other = LayerLogs.merge(joined(before.recordings(), all.subList(40, 60)));
    TrainingLog both = LayerLogs.merge(joined(one.recordings(), other.recordings()));

    // Then
    assertThat(LayerLogs.merge(shuffled)).isEqualTo(together);
    assertThat(LayerLogs.merge(together.recordings())).isEqualTo(together);
    assertThat(hotPlaces(both)).isEqualTo(hotPlaces(new TrainingLog(ENGINE, all)));
    assertThat(together.recordings()).hasSizeLessThan(all.size());
  }

  private static List<Recording> joined(List<Recording> one, List<Recording> other) {
    return Stream.concat(one.stream(), other.stream()).toList();
  }

  private static Set<String> hotPlaces(TrainingLog log) {
    return log.recordings().stream()
        .flatMap(
            recording ->
                recording.leaders().stream()
                    .filter(leader -> leader.count() >= RecordingChoice.HOT)
                    .map(leader -> recording.pages().get(0).digest() + " " + leader.offset()))
        .collect(Collectors.toSet());
  }

  @Test
  void shouldBoundWhatIsKeptWithALayer() {
    // Given
    List<Recording> pages = IntStream.range(0, 1000).mapToObj(i -> hot(i, 10_000 - i)).toList();
    int[] many = new int[1000];
    Arrays.fill(many, 500);
    List<Recording> places = IntStream.range(0, 20).mapToObj(i -> hot(i, many)).toList();
    int[] large = new int[4096];
    large[0] = 5000;
    List<Recording> bytes = IntStream.range(0, 20).mapToObj(i -> hot(i, large)).toList();

    // When, Then
    assertThat(LayerLogs.merge(pages).recordings()).isEqualTo(pages.subList(0, 768)); // the hottest
    assertThat(LayerLogs.merge(places).recordings()).hasSize(8);
    TrainingLog bounded = LayerLogs.merge(bytes);
    assertThat(bounded.encode().length)
        .isEqualTo(bounded.sizeBytes())
        .isLessThanOrEqualTo(LayerLogs.MAX_LOG_BYTES);
    assertThat(bounded.recordings()).hasSize(15);
  }

  @Test
  void shouldPutWhatLayersAreKnownForBehindAnImagesOwn() throws Exception {
    // Given
    TrainingLog own = new TrainingLog(ENGINE, List.of(hot(3, 900), hot(9, 800), hot(1, 700)));
    Recording known = hot(1, 2000);
    Recording more = hot(1, 2000, 400);
    Recording most = hot(2, 3000);

    // When
    TrainingLog log = LayerLogs.extend(own, List.of(known, more, most), image(), LIMIT);

    // Then: own ones are left as they are, cold or of no file, and nothing is told twice
    assertThat(log.recordings()).containsExactly(hot(3, 900), hot(9, 800), hot(1, 700), most, more);
    assertThat(LayerLogs.extend(own, List.of(known), image(), LIMIT)).isEqualTo(own);
    assertThat(LayerLogs.extend(own, List.of(), image(), LIMIT)).isEqualTo(own);
    assertThat(LayerLogs.extend(own, List.of(most), image(), own.sizeBytes())).isEqualTo(own);
    assertThat(LayerLogs.extend(own, List.of(most), image(), 0)).isEqualTo(own);
  }
}
