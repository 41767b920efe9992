package io.oci2wasm.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.gateway.retention.Collector;
import io.oci2wasm.gateway.retention.GcReport;
import io.oci2wasm.gateway.retention.Kind;
import io.oci2wasm.gateway.retention.RequestFact;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.gateway.retention.Rule;
import io.oci2wasm.gateway.retention.StoreBucket;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What retention removes from a real store, and what it leaves. Objects age by the clock. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class RetentionIT {
  private static final String REGISTRY = "registry.test:5000";
  private static final Duration GRACE = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir private Path directory;
  private final TestFacts facts = new TestFacts();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final TestPublisher publisher = new TestPublisher();
  private EmbeddedStore server;
  private ObjectStore store;

  @BeforeEach
  void start() throws Exception {
    server = EmbeddedStore.start(directory.resolve("s3"));
    store =
        ObjectStore.open(
            StoreConfig.DEFAULT.at(
                server.endpoint(), server.accessKeyIdFile(), server.secretAccessKeyFile()));
    store.ensureBucket();
  }

  @AfterEach
  void stop() throws IOException {
    store.close();
    server.close();
  }

  private static RetentionConfig rules(
      @Nullable Duration unusedFor, int newest, @Nullable Duration supersededFor) {
    return new RetentionConfig(
        null, GRACE, unusedFor, newest, true, DAY.multipliedBy(30), supersededFor);
  }

  /** Runs as if {@code later} had passed since everything was written. */
  private GcReport run(RetentionConfig config, Duration later, boolean dryRun) throws Exception {
    return collector(config, later).run(dryRun);
  }

  private Collector collector(RetentionConfig config, Duration later) {
    return collector(config, Clock.offset(Clock.systemUTC(), later));
  }

  private Collector collector(RetentionConfig config, Clock clock) {
    return new Collector(
        config, facts, new AgedBucket(new StoreBucket(store), clock), publisher, metrics, clock);
  }

  private StoredImage image(String repository, String name, String... layers) throws IOException {
    return new StoredImage(store, REGISTRY, repository, name, layers);
  }

  /**
   * Makes {@code image} known, used {@code age} ago as the collector's clock, one day on, has it.
   */
  private RequestFact known(StoredImage image, String repository, Duration age, boolean open) {
    RequestFact known = request(image, repository, age, open, false, image.bundleId());
    facts.requests.add(known);
    return known;
  }

  /** A request by a tag of its own, or one that converts anew. */
  private RequestFact request(
      StoredImage image,
      String repository,
      Duration age,
      boolean open,
      boolean reconversion,
      @Nullable String bundle) {
    String id = "request" + (facts.requests.size() + facts.news.size());
    Instant used = Instant.now().plus(DAY).minus(age);
    return new RequestFact(
        id,
        REGISTRY,
        repository,
        reconversion ? null : id,
        image.digest(),
        used,
        used,
        open,
        reconversion,
        bundle == null
            ? List.of()
            : List.of(
                new RequestFact.ConversionFact(
                    image.digest(), ConversionState.BUILT, bundle, used)));
  }

  /** Another bundle of an image that is known, as it is converted anew. */
  private void announced(StoredImage image, String bundle, String repository, Duration age) {
    facts.requests.add(request(image, repository, age, false, true, bundle));
  }

  private NavigableSet<String> keys() throws IOException {
    TreeSet<String> keys = new TreeSet<>();
    store.list("").stream().map(ObjectInfo::key).forEach(keys::add);
    return keys;
  }

  @Test
  void shouldRemoveWhatIsUnusedAndLeaveWhatOthersShare() throws Exception {
    StoredImage old = image("team/old", "old", "base", "own");
    StoredImage fresh = image("team/fresh", "fresh", "base");
    known(old, "team/old", DAY.multipliedBy(10), false);
    known(fresh, "team/fresh", DAY.multipliedBy(2), false);

    GcReport report = run(rules(DAY.multipliedBy(5), 0, null), DAY, false);

    // The base's blob, diffID and packed layer stay, and so does only the mark of who serves it.
    assertThat(keys()).containsExactlyElementsOf(new TreeSet<>(fresh.keys()));
    assertThat(report.images())
        .extracting(one -> one.image().repository(), GcReport.Unwanted::rule)
        .containsExactly(tuple("team/old", Rule.UNUSED));
    assertThat(report.removed())
        .extracting(GcReport.Line::kind, GcReport.Line::rule, GcReport.Line::objects)
        .containsExactly(
            tuple(Kind.BUNDLE, Rule.UNUSED, 3L),
            tuple(Kind.LAYER, Rule.UNUSED, 2L),
            tuple(Kind.SERVED, Rule.UNUSED, 4L),
            tuple(Kind.DIFFID, Rule.UNUSED, 1L),
            tuple(Kind.BLOB, Rule.UNUSED, 1L),
            tuple(Kind.DOCUMENT, Rule.UNUSED, 2L));
    assertThat(metrics.get("oci2wasm.retention.removed.objects").tag("kind", "layer").counter())
        .satisfies(counter -> assertThat(counter.count()).isEqualTo(2));
  }

  @Test
  void shouldOnlyTellWhenRunDry() throws Exception {
    StoredImage old = image("team/old", "old", "own");
    known(old, "team/old", DAY.multipliedBy(10), false);
    NavigableSet<String> before = keys();
    RetentionConfig config = rules(DAY, 0, null);

    GcReport dry = run(config, DAY, true);

    assertThat(keys()).isEqualTo(before);
    assertThat(metrics.getMeters())
        .singleElement()
        .isSameAs(metrics.get("oci2wasm.retention.failures").counter());
    assertThat(metrics.get("oci2wasm.retention.failures").counter().count()).isZero();
    assertThat(dry.dryRun()).isTrue();
    assertThat(publisher.published).isEmpty();
    assertThat(run(config, DAY, false).removed()).isEqualTo(dry.removed());
    assertThat(publisher.published)
        .singleElement()
        .isInstanceOfSatisfying(
            BundleRemoved.class,
            event -> {
              assertThat(event.conversionId()).isEqualTo(old.bundleId());
              assertThat(event.rule()).isEqualTo("unused");
            });
    assertThat(keys()).isEmpty();
  }

  @Test
  void shouldKeepEverythingWithoutARule() throws Exception {
    known(image("team/old", "old", "own"), "team/old", DAY.multipliedBy(1000), false);
    image("team/unknown", "unknown", "other");
    NavigableSet<String> before = keys();

    GcReport report = run(RetentionConfig.DEFAULT, DAY.multipliedBy(2000), false);

    assertThat(report.removed()).isEmpty();
    assertThat(keys()).isEqualTo(before);
  }

  @Test
  void shouldKeepTheNewestOfARepository() throws Exception {
    StoredImage first = image("team/app", "1", "one");
    StoredImage second = image("team/app", "2", "two");
    StoredImage third = image("team/app", "3", "three");
    StoredImage elsewhere = image("team/other", "4", "four");
    known(second, "team/app", DAY.multipliedBy(3), false);
    known(first, "team/app", DAY.multipliedBy(4), false);
    known(third, "team/app", DAY.multipliedBy(2), false);
    known(elsewhere, "team/other", DAY.multipliedBy(9), false);

    GcReport report = run(rules(null, 2, null), DAY, false);

    assertThat(report.images())
        .extracting(one -> one.image().digest(), GcReport.Unwanted::rule)
        .containsExactly(tuple(first.digest(), Rule.COUNT));
    assertThat(keys())
        .containsAll(second.keys())
        .containsAll(third.keys())
        .containsAll(elsewhere.keys())
        .doesNotContainAnyElementsOf(first.keys());
  }

  @Test
  void shouldRemoveWhatItsRegistryHasDeletedUnlessItWasPushedAgain() throws Exception {
    StoredImage gone = image("team/gone", "gone", "a");
    StoredImage back = image("team/back", "back", "b");
    StoredImage untagged = image("team/untagged", "untagged", "c");
    StoredImage emptied = image("team/emptied", "emptied", "d");
    known(gone, "team/gone", DAY.multipliedBy(4), false);
    known(back, "team/back", DAY.multipliedBy(2), false);
    RequestFact moved = known(untagged, "team/untagged", DAY.multipliedBy(4), false);
    known(emptied, "team/emptied", DAY.multipliedBy(4), false);
    deleted("team/gone", gone.digest(), null);
    deleted("team/back", back.digest(), null);
    deleted("team/untagged", null, moved.tag());
    deleted("team/emptied", null, null);

    GcReport report = run(rules(null, 0, null), DAY, false);

    assertThat(report.images())
        .extracting(one -> one.image().repository(), GcReport.Unwanted::rule)
        .containsExactly(tuple("team/emptied", Rule.DELETED), tuple("team/gone", Rule.DELETED));
    assertThat(keys())
        .containsAll(back.keys())
        .containsAll(untagged.keys())
        .doesNotContainAnyElementsOf(gone.keys())
        .doesNotContainAnyElementsOf(emptied.keys());
  }

  /** Three days ago, by the collector's clock. */
  private void deleted(String repository, @Nullable Sha256Digest digest, @Nullable String tag) {
    facts.deletions.add(
        new ImageDeleted(
            "test", REGISTRY, repository, digest, tag, Instant.now().minus(DAY.multipliedBy(2))));
  }

  @Test
  void shouldRemoveBundlesAndLayersThatNewerVersionsSupersede() throws Exception {
    StoredImage app = image("team/app", "app", "one");
    String newer = "e".repeat(64);
    app.bundle(newer);
    Sha256Digest diffId = StoredImage.diffId("one");
    known(app, "team/app", DAY.multipliedBy(5), false);
    announced(app, newer, "team/app", Duration.ofHours(9));
    Thread.sleep(1100); // the store's times have whole seconds
    store.put(ObjectKeys.layerData(diffId, "2"), new byte[1]);
    store.put(ObjectKeys.layerIndex(diffId, "2"), new byte[1]);

    GcReport report = run(rules(null, 0, Duration.ofHours(12)), DAY, false);

    assertThat(report.removed())
        .extracting(GcReport.Line::kind, GcReport.Line::rule, GcReport.Line::objects)
        .containsExactly(
            tuple(Kind.BUNDLE, Rule.SUPERSEDED, 3L), tuple(Kind.LAYER, Rule.SUPERSEDED, 2L));
    assertThat(keys())
        .contains(
            ObjectKeys.bundleDescription(newer),
            ObjectKeys.layerIndex(diffId, "2"),
            ObjectKeys.blob(app.digest()))
        .doesNotContain(ObjectKeys.bundleModule(app.bundleId()), ObjectKeys.layerData(diffId, "1"));
  }

  @Test
  void shouldKeepTheLastBundleOfEachRepositoryThatWantsTheImage() throws Exception {
    StoredImage app = image("team/app", "app", "one");
    String larger = "e".repeat(64);
    String superseded = "d".repeat(64);
    String unwanted = "f".repeat(64);
    for (String bundle : List.of(larger, superseded, unwanted)) {
      app.bundle(bundle);
    }
    known(app, "team/app", DAY.multipliedBy(5), false);
    for (String repository : List.of("java/app", "old/app")) {
      facts.requests.add(request(app, repository, DAY.multipliedBy(3), false, false, null));
    }
    deleted("old/app", app.digest(), null);
    announced(app, superseded, "java/app", DAY.multipliedBy(5));
    announced(app, larger, "java/app", DAY.multipliedBy(4));
    announced(app, unwanted, "old/app", DAY.multipliedBy(3));

    run(rules(null, 0, DAY), DAY, false);

    assertThat(keys())
        .contains(ObjectKeys.bundleModule(app.bundleId()), ObjectKeys.bundleModule(larger))
        .doesNotContain(ObjectKeys.bundleModule(superseded), ObjectKeys.bundleModule(unwanted));
  }

  @Test
  void shouldNeverRemoveWhatAnOpenRequestNeeds() throws Exception {
    StoredImage open = image("team/open", "open", "base");
    StoredImage other = image("team/other", "other", "base", "own");
    known(open, "team/open", DAY.multipliedBy(100), true);
    known(other, "team/other", DAY.multipliedBy(100), false);
    deleted("team/open", open.digest(), null);

    run(rules(DAY, 1, DAY), DAY, false);

    assertThat(keys()).containsExactlyElementsOf(new TreeSet<>(open.keys()));
  }

  @Test
  void shouldRemoveNothingThatIsYoungerThanTheGrace() throws Exception {
    StoredImage recent = image("team/recent", "recent", "a");
    known(recent, "team/recent", DAY.multipliedBy(10), false);
    store.put("bundles/" + "f".repeat(64) + "/bundle.wasm", new byte[10]);
    NavigableSet<String> before = keys();

    run(rules(Duration.ofSeconds(1), 0, null), Duration.ofMinutes(30), false);

    assertThat(keys()).isEqualTo(before);
  }

  @Test
  void shouldKeepAnImageThatWasAskedForWithinTheGrace() throws Exception {
    StoredImage again = image("team/again", "again", "a");
    known(again, "team/again", Duration.ofMinutes(30), false);
    NavigableSet<String> before = keys();

    run(rules(Duration.ofMinutes(5), 0, null), DAY, false);

    assertThat(keys()).isEqualTo(before);
  }

  @Test
  void shouldSpareWhatIsAskedForWhileTheSweepIsUnderWay() throws Exception {
    StoredImage old = image("team/old", "old", "own");
    known(old, "team/old", DAY.multipliedBy(10), false);
    NavigableSet<String> before = keys();
    // Another repository's image of the same content is pushed after the plan was made.
    facts.whenAskedForNews = () -> facts.news.add(request(old, "team/new", DAY, true, false, null));

    GcReport report = run(rules(DAY, 0, null), DAY, false);

    // Only the old repository's marks go: the new one's are not there yet.
    assertThat(report.removed()).extracting(GcReport.Line::kind).containsExactly(Kind.SERVED);
    assertThat(report.spared()).isEqualTo(9);
    before.removeIf(key -> key.startsWith("served/"));
    assertThat(keys()).isEqualTo(before);
  }

  @Test
  void shouldFinishWhatARunThatDiedHasBegun() throws Exception {
    StoredImage old = image("team/old", "old", "one", "two");
    known(old, "team/old", DAY.multipliedBy(10), false);
    Sha256Digest diffId = StoredImage.diffId("one");
    // Died in the middle of the bundle, of a layer, and of the blobs.
    store.inventory().delete(ObjectKeys.bundleDescription(old.bundleId()));
    store.inventory().delete(ObjectKeys.layerIndex(diffId, "1"));
    store
        .inventory()
        .delete(ObjectKeys.blob(Sha256Digest.of("one".getBytes(StandardCharsets.UTF_8))));

    run(rules(DAY, 0, null), DAY, false);

    assertThat(keys()).isEmpty();
  }

  @Test
  void shouldLeaveNothingThatLooksWholeWhereARunDies() throws Exception {
    StoredImage old = image("team/old", "old", "one", "two");
    known(old, "team/old", DAY.multipliedBy(10), false);
    RetentionConfig config = rules(DAY, 0, null);
    int deaths = 0;
    while (!keys().isEmpty()) {
      // Kafka goes away after the first removal.
      facts.whenAskedForNews = () -> facts.behind = true;
      TickingClock clock = new TickingClock(Instant.now().plus(DAY));
      Collector collector = collector(config, clock);
      try {
        GcReport unused = collector.run(false);
      } catch (UnavailableException e) {
        deaths++;
      }
      facts.behind = false;
      facts.forget(publisher.published);

      NavigableSet<String> left = keys();
      assertThat(left.contains(ObjectKeys.bundleDescription(old.bundleId())))
          .isEqualTo(left.contains(ObjectKeys.bundleModule(old.bundleId())));
      for (String layer : List.of("one", "two")) {
        Sha256Digest diffId = StoredImage.diffId(layer);
        assertThat(left.contains(ObjectKeys.layerIndex(diffId, "1")))
            .isEqualTo(left.contains(ObjectKeys.layerData(diffId, "1")));
      }
      // While anything is left, what leads to it is.
      assertThat(left.isEmpty() || left.contains(ObjectKeys.blob(old.digest()))).isTrue();
    }

    assertThat(deaths).isGreaterThan(5);
  }

  /** A second passes whenever somebody looks. */
  private static final class TickingClock extends Clock {
    private Instant now;

    TickingClock(Instant start) {
      this.now = start;
    }

    @Override
    public Instant instant() {
      now = now.plusSeconds(1);
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @Test
  void shouldRemoveWhatWasNeverFinishedWhenItIsOldWhateverTheRules() throws Exception {
    String unfinished = "bundles/" + "f".repeat(64) + "/bundle.wasm";
    Sha256Digest diffId = StoredImage.diffId("half");
    store.put(unfinished, new byte[10]);
    store.put(ObjectKeys.layerData(diffId, "1"), new byte[5]);
    store.put(ObjectKeys.claim("f".repeat(64)), new byte[3]);

    GcReport report = run(RetentionConfig.DEFAULT, DAY.multipliedBy(2), false);

    assertThat(report.removed())
        .extracting(GcReport.Line::kind, GcReport.Line::rule, GcReport.Line::bytes)
        .containsExactly(
            tuple(Kind.BUNDLE, Rule.INCOMPLETE, 10L),
            tuple(Kind.LAYER, Rule.INCOMPLETE, 5L),
            tuple(Kind.CLAIM, Rule.INCOMPLETE, 3L));
    assertThat(keys()).isEmpty();
  }

  @Test
  void shouldJudgeWhatBelongsToNoKnownImageByItsAge() throws Exception {
    StoredImage unknown = image("team/unknown", "unknown", "one");

    run(rules(DAY.multipliedBy(3), 0, null), DAY.multipliedBy(2), false);
    assertThat(keys()).containsExactlyElementsOf(new TreeSet<>(unknown.keys()));
    run(rules(DAY.multipliedBy(3), 0, null), DAY.multipliedBy(4), false);

    assertThat(keys()).isEmpty();
  }

  @Test
  void shouldRefuseToJudgeByAClockThatTheStoreDoesNotShare() throws Exception {
    StoredImage old = image("team/old", "old", "one");
    known(old, "team/old", DAY.multipliedBy(10), false);
    for (Duration ahead : List.of(DAY.multipliedBy(40), DAY.multipliedBy(-1))) {
      Clock clock = Clock.offset(Clock.systemUTC(), ahead);
      Collector collector =
          new Collector(
              rules(DAY, 0, null), facts, new StoreBucket(store), publisher, metrics, clock);

      assertThatThrownBy(() -> collector.run(false))
          .hasMessageContaining("found ")
          .hasMessageContaining("by the clock of the object store")
          .hasMessageContaining("expected them within 5 minutes; nothing was removed");
    }

    assertThat(keys()).containsExactlyElementsOf(new TreeSet<>(old.keys()));
  }

  @Test
  void shouldTellThatAnnouncedBundlesAreMissing() throws Exception {
    StoredImage image = image("team/app", "app", "one");
    known(image, "team/app", DAY.multipliedBy(2), false);
    store.inventory().delete(ObjectKeys.bundleDescription(image.bundleId()));
    store.inventory().delete(ObjectKeys.bundleModule(image.bundleId()));
    store.inventory().delete(ObjectKeys.bundleProvenance(image.bundleId()));
    NavigableSet<String> before = keys();

    GcReport unused = run(RetentionConfig.DEFAULT, DAY.multipliedBy(3), false);

    assertThat(keys()).isEqualTo(before);
    assertThat(publisher.published)
        .singleElement()
        .isInstanceOfSatisfying(
            BundleRemoved.class,
            event -> {
              assertThat(event.conversionId()).isEqualTo(image.bundleId());
              assertThat(event.rule()).isEqualTo("missing");
            });
  }

  @Test
  void shouldRemoveThousandsAtOnce() throws Exception {
    List<String> claims = new ArrayList<>();
    for (int i = 0; i < 1500; i++) {
      claims.add(ObjectKeys.claim(String.format("%064x", i)));
      store.put(claims.get(i), new byte[1]);
    }

    store.inventory().delete(claims);
    store.inventory().delete(claims);

    assertThat(keys()).isEmpty();
  }

  @Test
  void shouldRefuseToJudgeByWhatIsOutOfDate() throws Exception {
    StoredImage old = image("team/old", "old", "one");
    known(old, "team/old", DAY.multipliedBy(10), false);
    facts.behind = true;

    assertThatThrownBy(() -> run(rules(DAY, 0, null), DAY, false))
        .isInstanceOf(UnavailableException.class);

    assertThat(keys()).containsExactlyElementsOf(new TreeSet<>(old.keys()));
  }
}
