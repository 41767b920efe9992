package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.EngineAge;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.runtime.store.StoredObject;
import io.oci2wasm.testsupport.SettableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How retention goes about it; what it decides is in RetentionHistoriesTest. */
class CollectorTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final RetentionConfig CONFIG =
      new RetentionConfig(null, Duration.ofHours(1), DAY, 0, true, DAY, null);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
  private final MemoryBucket bucket = new MemoryBucket(clock);
  private final RecordingPublisher publisher = new RecordingPublisher();
  private final List<RequestFact> requests = new ArrayList<>();
  private final Collector collector =
      new Collector(CONFIG, new Facts(), bucket, publisher, new SimpleMeterRegistry(), clock);

  private Sha256Digest store(String document) {
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    Sha256Digest digest = Sha256Digest.of(bytes);
    bucket.put(ObjectKeys.blob(digest), bytes);
    return digest;
  }

  private void ask(Sha256Digest digest, String conversionId) {
    String id = "request" + requests.size();
    requests.add(
        new RequestFact(
            id,
            "r.example",
            "team/app",
            id,
            digest,
            clock.instant(),
            clock.instant(),
            false,
            false,
            List.of(
                new RequestFact.ConversionFact(
                    digest, ConversionState.BUILT, conversionId, clock.instant()))));
  }

  private void bundle(String id) {
    bucket.put(ObjectKeys.bundleModule(id), new byte[3]);
    bucket.put(ObjectKeys.bundleDescription(id), "{}");
  }

  /** A pusher may name one index in the next, as often as they like. */
  @Test
  void shouldReadEachDocumentOnceHoweverManyImagesLeadThere() throws Exception {
    int chain = 3000;
    Sha256Digest last = store("{}");
    for (int i = 0; i < chain; i++) {
      last = store("{\"manifests\":[{\"digest\":\"" + last + "\"}],\"n\":" + i + "}");
      ask(last, "a".repeat(64));
    }

    GcReport kept = collector.run(true);
    assertThat(bucket.reads()).isLessThan(2 * chain);
    assertThat(kept.removedObjects()).isZero();
    clock.pass(DAY.plusHours(1));
    GcReport report = collector.run(false);

    assertThat(bucket.reads()).isLessThan(4 * chain);
    assertThat(report.removedObjects()).isEqualTo(chain + 1);
    assertThat(bucket.keys()).isEmpty();
  }

  @Test
  void shouldTellOfABundleBeforeItGoesAndLeaveItWhereNobodyIsTold() throws Exception {
    String id = "b".repeat(64);
    ask(store("{}"), id);
    bundle(id);
    clock.pass(DAY.plusHours(1));
    publisher.goAway();

    assertThatThrownBy(() -> collector.run(false)).hasMessageContaining("Kafka is away");

    assertThat(bucket.has(ObjectKeys.bundleDescription(id))).isTrue();
    assertThat(bucket.has(ObjectKeys.bundleModule(id))).isTrue();
  }

  @Test
  void shouldTellAgainWhereItDiedAfterItTold() throws Exception {
    String id = "b".repeat(64);
    ask(store("{}"), id);
    bundle(id);
    clock.pass(DAY.plusHours(1));
    bucket.dieAfter(0);
    assertThatThrownBy(() -> collector.run(false)).hasMessageContaining("the store is away");
    assertThat(bucket.has(ObjectKeys.bundleDescription(id))).isTrue();

    GcReport unused = collector.run(false);

    assertThat(bucket.keys()).isEmpty();
    assertThat(publisher.published())
        .hasSize(2)
        .allSatisfy(
            event ->
                assertThat(event)
                    .isInstanceOfSatisfying(
                        BundleRemoved.class,
                        removed -> assertThat(removed.conversionId()).isEqualTo(id)));
  }

  /** A worker that has just found it young enough uses it without writing it again. */
  @Test
  void shouldLeaveAnEngineThatIsYoungerThanTwiceTheAgeAtWhichItIsWrittenAgain() throws Exception {
    String engine = ObjectKeys.engine(Sha256Digest.of(new byte[0]));
    bucket.put(engine, new byte[7]);

    clock.pass(CONFIG.grace().plusSeconds(1));
    GcReport young = collector.run(false);
    clock.pass(EngineAge.REWRITTEN.multipliedBy(2).minus(CONFIG.grace()).minusSeconds(1));
    GcReport atTheLimit = collector.run(false);
    assertThat(bucket.keys()).containsExactly(engine);
    clock.pass(Duration.ofSeconds(1));
    GcReport old = collector.run(false);

    assertThat(young.removedObjects()).isZero();
    assertThat(atTheLimit.removedObjects()).isZero();
    assertThat(old.removedObjects()).isOne();
    assertThat(bucket.keys()).isEmpty();
  }

  /**
   * It follows the plain one, and does not take its place; a log, and how it came about, stay with
   * its bundle.
   */
  @Test
  void shouldKeepAPlainBundleTheTranslatedOneAndItsLog() throws Exception {
    Sha256Digest image = store("{}");
    String plain = "a".repeat(64);
    String translated = "b".repeat(64);
    Sha256Digest logDigest = Sha256Digest.of(new byte[] {1});
    Sha256Digest unusedDigest = Sha256Digest.of(new byte[] {2});
    String log = ObjectKeys.translation(logDigest);
    String unused = ObjectKeys.translation(unusedDigest);
    for (String id : List.of("0".repeat(64), plain)) {
      ask(image, id);
      bundle(id);
      clock.pass(Duration.ofMinutes(1));
    }
    for (String id : List.of("1".repeat(64), translated)) {
      translate(image, id, log);
      clock.pass(Duration.ofMinutes(1));
    }
    String how = ObjectKeys.training(image, logDigest, unusedDigest);
    String howElse = ObjectKeys.training(image, logDigest, logDigest);
    String howUnused = ObjectKeys.training(image, unusedDigest, logDigest);
    String howOther = ObjectKeys.training(unusedDigest, logDigest, logDigest);
    List<String> unwanted = List.of(unused, howUnused, howOther);
    List.of(log, how, howElse).forEach(key -> bucket.put(key, new byte[7]));
    unwanted.forEach(key -> bucket.put(key, new byte[7]));
    Collector superseding =
        new Collector(
            new RetentionConfig(null, Duration.ofHours(1), null, 0, true, DAY, Duration.ofHours(2)),
            new Facts(),
            bucket,
            publisher,
            new SimpleMeterRegistry(),
            clock);

    clock.pass(DAY.minusSeconds(1));
    GcReport young = superseding.run(false);
    assertThat(bucket.keys()).contains(log, how, howElse).containsAll(unwanted);
    clock.pass(Duration.ofSeconds(2));
    GcReport old = superseding.run(false);

    // Only what a later one of its kind supersedes.
    assertThat(publisher.published())
        .extracting(event -> ((BundleRemoved) event).conversionId())
        .containsOnly("0".repeat(64), "1".repeat(64));
    assertThat(young.removedObjects()).isEqualTo(4);
    assertThat(old.removedObjects()).isEqualTo(3);
    assertThat(bucket.keys())
        .contains(log, how, howElse, ObjectKeys.bundleDescription(plain))
        .contains(ObjectKeys.bundleDescription(translated))
        .doesNotContainAnyElementsOf(unwanted);
  }

  /** Whatever is learnt later: that supersedes what is kept in an older format, and no packing. */
  @Test
  void shouldKeepWhatIsLearntOfALayerAsLongAsTheLayer() throws Exception {
    // Given
    Sha256Digest diffId = Sha256Digest.of(new byte[] {1});
    Sha256Digest one = Sha256Digest.of(new byte[] {2});
    Sha256Digest other = Sha256Digest.of(new byte[] {3});
    Sha256Digest config = store("{\"rootfs\":{\"diff_ids\":[\"" + diffId + "\"]}}");
    ask(store("{\"config\":{\"digest\":\"" + config + "\"},\"layers\":[]}"), "a".repeat(64));
    String packed = ObjectKeys.layerIndex(diffId, "1");
    String outdated = ObjectKeys.layer(diffId) + "log-" + other.hex() + "/" + one.hex();
    List<String> logs =
        List.of(ObjectKeys.layerLog(diffId, one), ObjectKeys.layerLog(diffId, other));
    String ofNobody = ObjectKeys.layer(config) + "log-" + other.hex() + "/" + one.hex();
    List.of(packed, outdated, ofNobody).forEach(key -> bucket.put(key, new byte[7]));
    clock.pass(Duration.ofMinutes(1));
    logs.forEach(key -> bucket.put(key, new byte[7]));
    Collector superseding =
        new Collector(
            new RetentionConfig(null, Duration.ofHours(1), DAY, 0, true, DAY, Duration.ofHours(2)),
            new Facts(),
            bucket,
            publisher,
            new SimpleMeterRegistry(),
            clock);

    // When
    clock.pass(Duration.ofHours(3));
    GcReport report = superseding.run(false);

    // Then
    assertThat(bucket.keys()).contains(packed, ofNobody).containsAll(logs).doesNotContain(outdated);
    assertThat(report.removed())
        .extracting(GcReport.Line::kind, GcReport.Line::rule, GcReport.Line::objects)
        .containsExactly(tuple(Kind.TRANSLATION, Rule.SUPERSEDED, 1L));
    clock.pass(DAY);
    GcReport all = superseding.run(false);
    assertThat(bucket.keys()).isEmpty();
    assertThat(all.removed())
        .extracting(GcReport.Line::kind, GcReport.Line::objects)
        .contains(tuple(Kind.LAYER, 1L), tuple(Kind.TRANSLATION, 3L));
  }

  private void translate(Sha256Digest image, String id, String log) {
    bucket.put(ObjectKeys.bundleModule(id), new byte[3]);
    bucket.put(
        ObjectKeys.bundleDescription(id),
        "{\"recipe\":{},\"packer\":\"1\",\"converterVersion\":\"1\",\"layers\":[],"
            + "\"manifestDigest\":\""
            + image
            + "\",\"options\":{\"translation\":\"sha256:"
            + log.replaceFirst(".*/", "")
            + "\"}}");
    requests.add(
        new RequestFact(
            "translation" + requests.size(),
            "r.example",
            "team/app",
            "request0",
            image,
            clock.instant(),
            clock.instant(),
            false,
            true,
            List.of(
                new RequestFact.ConversionFact(
                    image, ConversionState.BUILT, id, clock.instant(), null, true))));
  }

  @Test
  void shouldRefuseAStoreThatListsOutOfOrder() {
    Bucket wrong =
        new MemoryBucket(clock) {
          @Override
          public void visit(String prefix, ImageFacts.Visitor<StoredObject> visitor)
              throws IOException {
            if (prefix.startsWith("claims")) {
              for (String key : List.of("claims/b", "claims/a")) {
                visitor.visit(new StoredObject(key, 1, clock.instant()));
              }
            }
          }
        };
    Collector refusing =
        new Collector(CONFIG, new Facts(), wrong, publisher, new SimpleMeterRegistry(), clock);

    assertThatThrownBy(() -> refusing.run(false))
        .hasMessageContaining("found claims/a after claims/b, expected keys in their order");
  }

  private final class Facts implements ImageFacts {
    @Override
    public void requireCurrent() throws UnavailableException {
      // always
    }

    @Override
    public void requests(Visitor<RequestFact> visitor) throws IOException {
      for (RequestFact request : requests) {
        visitor.visit(request);
      }
    }

    @Override
    public void requestsSince(Instant time, Visitor<RequestFact> visitor) {
      // nothing is new
    }

    @Override
    public List<String> bundles(Collection<Sha256Digest> manifests) {
      return List.of();
    }

    @Override
    public List<ImageDeleted> deletions() {
      return List.of();
    }
  }
}
