package io.oci2wasm.gateway.state.projection;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterReader;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.runtime.event.TopicRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gateway cannot take into its database is set aside; what lies behind it is taken. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class IntakeTest {
  private static final RecordCopy NOTHING = copy("nothing");

  private final SampleRequest request = new SampleRequest("one", 0);
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final List<ChangedIds> touched = new ArrayList<>();
  private final Map<Partition, OffsetRange> available = new HashMap<>();
  private TestState state;
  private StateProjection projection;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    projection =
        new StateProjection(state.database(), MemorySnapshots.none(), touched::add, metrics);
  }

  @AfterEach
  void close() {
    state.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        Topics.IMAGE_PUSHED + ".push",
        Topics.IMAGE_INGESTED + ".retry",
        Topics.BUNDLE_BUILT,
        Topics.STAGE_STARTED,
        Topics.REPLAYED,
        Topics.RESENT,
        Topics.IMAGE_DELETED,
        Topics.BATCH_REQUESTED,
        Topics.BATCH_ENTERED,
        Topics.BATCH_CHANGED
      })
  void shouldSetAsideWhatItCannotReadAndTakeTheNext(String topic) throws Exception {
    List<TopicRecord> records =
        List.of(record(topic, 7, NOTHING), record(request.pushed().event(), 8));

    accept(records);
    accept(records);

    assertThat(state.view().find(request.id())).isPresent();
    assertThat(letters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.source()).isEqualTo(Letter.Source.GATEWAY);
              assertThat(letter.work().stage()).isEqualTo(Stage.GATEWAY);
              assertThat(letter.failure().reason()).isEqualTo(Reason.UNREADABLE);
              assertThat(letter.origin()).isEqualTo(new DeadLetter.Origin(topic, 0, 7));
              assertThat(letter.failure().message())
                  .startsWith("reading record " + topic + "-0 at offset 7:");
              assertThat(letter.record()).isEqualTo(NOTHING);
              assertThat(letter.failure().deadAt()).isEqualTo(time(7));
            });
    assertThat(unreadable(topic, "unreadable")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {Topics.DEAD_LETTERED, Topics.DROPPED})
  void shouldCountALetterThatIsNoneAndWriteNoneAboutIt(String topic) throws Exception {
    accept(List.of(record(topic, 7, NOTHING), record(request.pushed().event(), 8)));

    assertThat(state.view().find(request.id())).isPresent();
    assertThat(letters()).isEmpty();
    assertThat(unreadable(topic, "unreadable")).isEqualTo(1);
  }

  @Test
  void shouldKeepALetterOfALaterVersionUntilItIsRead() throws Exception {
    DeadLetter letter = SampleLetter.ofPush(request, time(1));
    RecordCopy written = Records.outgoing(letter, "worker", time(1)).record();
    String value = new String(RecordCopy.decode(written.value()), StandardCharsets.UTF_8);
    RecordCopy newer =
        new RecordCopy(
            written.key(),
            written.headers(),
            copy(value.replace("not-found", "not-yet-found")).value());

    accept(List.of(record(Topics.DEAD_LETTERED, 7, newer)));

    assertThat(letters())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.failure().reason()).isEqualTo(Reason.NEWER_VERSION);
              assertThat(one.failure().message()).contains("not-yet-found");
              assertThat(one.record()).isEqualTo(newer);
            });
  }

  @Test
  void shouldSetAsideAloneWhatTheDatabaseRefuses() throws Exception {
    SampleRequest refused = new SampleRequest("two", 0);
    TestDatabase.jdbi(state.database())
        .useHandle(
            handle ->
                handle.execute(
                    "ALTER TABLE request ADD CONSTRAINT test_refuses CHECK (id <> '"
                        + refused.id()
                        + "')"));
    try {
      accept(List.of(record(refused.pushed().event(), 7), record(request.pushed().event(), 8)));
    } finally {
      TestDatabase.jdbi(state.database())
          .useHandle(handle -> handle.execute("ALTER TABLE request DROP CONSTRAINT test_refuses"));
    }

    assertThat(state.view().find(request.id())).isPresent();
    assertThat(state.view().find(refused.id())).isEmpty();
    assertThat(letters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.failure().reason()).isEqualTo(Reason.INTERNAL);
              assertThat(letter.failure().message())
                  .startsWith("taking a record into the database: found")
                  .containsIgnoringCase("test_refuses");
            });
    assertThat(unreadable(Topics.IMAGE_PUSHED + ".push", "internal")).isEqualTo(1);

    assertThat(again().takeAgain()).isEqualTo(1);
    assertThat(state.view().find(refused.id())).isPresent();
    assertThat(letters()).isEmpty();
  }

  @Test
  void shouldSetAsideNothingWhileTheDatabaseIsAway() throws Exception {
    TopicRecord record = record(request.pushed().event(), 7);
    TopicBatch batch = batch(List.of(record));
    state.close();

    assertThatThrownBy(() -> projection.accept(batch)).isInstanceOf(UnavailableException.class);

    assertThat(touched).isEmpty();
    assertThat(metrics.find("oci2wasm.records.unreadable").counters()).isEmpty();
  }

  @Test
  void shouldTimePushesUntilTheirBundlesAreAnnounced() throws Exception {
    BundleBuilt built = (BundleBuilt) request.built(4, false).event();
    SampleRequest other = new SampleRequest("two", 0);
    accept(List.of(record(request.pushed().event(), 7), record(other.pushed().event(), 8)));

    List<TopicRecord> told =
        List.of(record(built, 60), record(inBulk((BundleBuilt) other.built(4, false).event()), 61));
    accept(told);
    accept(told);
    accept(List.of(record(Topics.BUNDLE_BUILT, 62, NOTHING)));

    assertThat(pushTimes().count()).isEqualTo(1);
    assertThat(pushTimes().totalTime(TimeUnit.SECONDS)).isEqualTo(53);
  }

  /** Else each rebuild would count all pushes once more. */
  @Test
  void shouldTimeNoPushesWhileItReadsWhatIsThere() throws Exception {
    accept(
        List.of(record(request.pushed().event(), 7), record(request.built(4, false).event(), 60)));

    assertThat(pushTimes().count()).isZero();
  }

  private Timer pushTimes() {
    return metrics.get("oci2wasm.push.to.bundle").timer();
  }

  private static BundleBuilt inBulk(BundleBuilt built) {
    return new BundleBuilt(
        built.requestId(),
        Lane.BULK,
        built.conversionId(),
        built.image(),
        built.platform(),
        built.manifestDigest(),
        built.reused(),
        built.bundle(),
        built.recipe(),
        built.layers(),
        built.durationMs());
  }

  /** An earlier version has set the record aside: the rows become those of a rebuild. */
  @Test
  void shouldTakeInAgainWhatAnEarlierVersionCouldNotRead() throws Exception {
    TopicRecord record = record(request.pushed().event(), 7);
    TopicRecord damaged = record(Topics.BUNDLE_BUILT, 9, NOTHING);
    LetterRetry again = again();
    assertThat(again.takeAgain()).isZero();
    state.accept(
        record.letter(Stage.GATEWAY, Reason.NEWER_VERSION, "found no such word", record.time()),
        Letter.Source.GATEWAY);
    accept(List.of(damaged));
    touched.clear();

    int taken = again.takeAgain();
    int more = again.takeAgain();

    assertThat(taken).isEqualTo(1);
    assertThat(more).isZero();
    assertThat(state.view().find(request.id()).orElseThrow().status().state())
        .isEqualTo(ConversionState.QUEUED);
    assertThat(letters()).extracting(Letter::origin).containsExactly(damaged.origin());
    assertThat(touched).flatExtracting(ChangedIds::requests).containsExactly(request.id());
  }

  @Test
  void shouldLeaveToWorkersWhatTheyHaveSetAside() throws Exception {
    TopicRecord record = record(request.pushed().event(), 7);
    state.accept(
        record.letter(Stage.INGEST, Reason.NEWER_VERSION, "found no such word", record.time()));

    assertThat(again().takeAgain()).isZero();

    assertThat(letters()).hasSize(1);
    assertThat(state.view().find(request.id())).isEmpty();
  }

  @Test
  void shouldSayOnceWhatAWorkerSaysToo() throws Exception {
    TopicRecord record = record(Topics.IMAGE_PUSHED + ".push", 7, NOTHING);
    DeadLetter workers = record.letter(Stage.INGEST, Reason.UNREADABLE, "found nothing", time(8));

    state.accept(workers);
    accept(List.of(record));

    assertThat(letters()).extracting(one -> one.work().stage()).containsExactly(Stage.INGEST);
  }

  /** The same digits at the front of two platforms' digests made one conversion of two once. */
  @Test
  void shouldFindConversionsByTheShortIdsOfEarlierVersions() throws Exception {
    accept(List.of(record(request.pushed().event(), 7), record(request.resolved().event(), 8)));
    String id = request.id() + "-" + SampleRequest.digest(request.name()).hex();

    assertThat(state.view().find(id)).isPresent();
    assertThat(state.view().find(id.substring(0, 45)).orElseThrow().id()).isEqualTo(id);
    assertThat(state.view().find(id.substring(0, 44))).isEmpty();
    assertThat(state.view().find(request.id() + "-" + "0".repeat(12))).isEmpty();
  }

  private LetterRetry again() {
    return new LetterRetry(state.database(), touched::add);
  }

  private List<Letter> letters() throws UnavailableException {
    List<Letter> letters = new ArrayList<>();
    LetterReader view = new LetterReader(state.database());
    for (Letter listed : view.list(LetterFilter.ANY, 100, null).items()) {
      letters.add(view.find(listed.id()).orElseThrow());
    }
    return letters;
  }

  private double unreadable(String topic, String reason) {
    return metrics
        .get("oci2wasm.records.unreadable")
        .tag("topic", topic)
        .tag("reason", reason)
        .counter()
        .count();
  }

  private void accept(List<TopicRecord> records) throws Exception {
    projection.accept(batch(records));
  }

  private TopicBatch batch(List<TopicRecord> records) throws Exception {
    Map<Partition, Long> from = new HashMap<>();
    Map<Partition, Long> to = new HashMap<>();
    for (TopicRecord record : records) {
      from.merge(record.partition(), record.offset(), Math::min);
      to.merge(record.partition(), record.offset() + 1, Math::max);
      available.merge(
          record.partition(),
          new OffsetRange(record.offset(), record.offset() + 1),
          (a, b) -> new OffsetRange(a.begin(), b.end()));
    }
    Map<Partition, Long> unused = projection.positions("cluster", available);
    return new TopicBatch(records, from, to);
  }

  private static TopicRecord record(TopicEvent event, int offset) {
    var written = Records.outgoing(event, "worker", time(offset));
    return record(written.topic(), offset, written.record());
  }

  private static TopicRecord record(String topic, int offset, RecordCopy copy) {
    return TopicRecord.of(new DeadLetter.Origin(topic, 0, offset), time(offset), copy);
  }

  private static RecordCopy copy(String value) {
    return new RecordCopy(
        null, List.of(), RecordCopy.encode(value.getBytes(StandardCharsets.UTF_8)));
  }
}
