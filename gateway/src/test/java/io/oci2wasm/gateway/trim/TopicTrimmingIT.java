package io.oci2wasm.gateway.trim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.gateway.TestKafka;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.gateway.state.projection.StateProjection;
import io.oci2wasm.gateway.state.projection.StateTopics;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.gateway.state.snapshot.Snapshots;
import io.oci2wasm.runtime.event.NotCaughtUpException;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.TopicFollower;
import io.oci2wasm.runtime.event.TopicHistory;
import io.oci2wasm.testsupport.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics lose what all have taken and snapshots stand for, and nothing else. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class TopicTrimmingIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration AFTER = Duration.ofHours(1);
  private static final int REQUESTS = 5;
  private static final String PUSHED = Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH);
  private static final String[] SHOWN = {"request", "conversion", "history", "dead_letter"};

  @TempDir private Path directory;

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final MemorySnapshots store = new MemorySnapshots();
  private final Snapshots snapshots = new Snapshots(store);
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private TestKafka kafka;
  private StateDatabase database;
  private TopicTrimming trimming;
  private SettableClock clock;

  @BeforeEach
  void start() throws Exception {
    kafka = new TestKafka(directory);
    closing.push(kafka);
    TestState state = TestState.open();
    closing.push(state);
    database = state.database();
    clock = new SettableClock(Instant.now().plus(Duration.ofHours(2)));
    trimming =
        new TopicTrimming(
            database,
            snapshots,
            TopicHistory.open(kafka.config()),
            AFTER,
            Duration.ofDays(1),
            metrics,
            clock);
    closing.push(trimming);
    for (int i = 0; i < REQUESTS; i++) {
      publish(new SampleRequest("r" + i, i));
    }
  }

  @AfterEach
  void close() throws Exception {
    while (!closing.isEmpty()) {
      closing.pop().close();
    }
  }

  private void publish(SampleRequest request) throws Exception {
    List<PipelineEvent> events = request.everything().stream().map(ReceivedEvent::event).toList();
    kafka.producer().publish(events);
  }

  /** Reads all that the topics have into the database. */
  private void project() throws Exception {
    try (TopicFollower follower =
        TopicFollower.start(
            kafka.config(),
            StateTopics.ALL,
            new StateProjection(database, snapshots, touched -> {}, new SimpleMeterRegistry()))) {
      await()
          .atMost(PATIENCE)
          .ignoreException(NotCaughtUpException.class)
          .untilAsserted(follower::checkCaughtUp);
    }
  }

  /** Does the work of a stage on so many events. */
  private void work(Stage stage, String type, int events) {
    Map<String, Object> properties = kafka.config().clientProperties();
    properties.put("group.id", Topics.shareGroup(stage, Lane.PUSH));
    properties.put("share.acknowledgement.mode", "explicit");
    properties.put("share.acquire.mode", "record_limit");
    properties.put("max.poll.records", 1);
    try (KafkaShareConsumer<byte[], byte[]> consumer =
        new KafkaShareConsumer<>(
            properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(Topics.work(type, Lane.PUSH)));
      int[] done = {0};
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                if (done[0] < events) {
                  for (ConsumerRecord<byte[], byte[]> record :
                      consumer.poll(Duration.ofSeconds(1))) {
                    consumer.acknowledge(record);
                    done[0]++;
                  }
                  consumer.commitSync();
                }
                return done[0] == events;
              });
    }
  }

  private void workOnAll() {
    work(Stage.INGEST, Topics.IMAGE_PUSHED, REQUESTS);
    work(Stage.RESOLVE, Topics.IMAGE_INGESTED, REQUESTS);
    work(Stage.BUILD, Topics.PLATFORM_RESOLVED, REQUESTS);
  }

  private long left(String topic) {
    return kafka.contents().of(topic).size();
  }

  private List<Conversion> conversions() throws Exception {
    return new ConversionReader(database).list(ConversionFilter.ANY, 100, null).items();
  }

  @Test
  void shouldShowTheSameToAGatewayWithAnEmptyDatabase() throws Exception {
    project();
    workOnAll();
    List<List<String>> rows = TestDatabase.rows(database, SHOWN);
    List<Conversion> shown = conversions();

    assertThat(trimming.run()).as("there is one snapshot only").isZero();
    assertThat(left(PUSHED)).isEqualTo(REQUESTS);
    clock.pass(Duration.ofDays(1));
    long removed = trimming.run();

    assertThat(removed).isGreaterThan(REQUESTS);
    assertThat(left(Topics.BUNDLE_BUILT)).isZero();
    assertThat(left(PUSHED)).isLessThan(REQUESTS);
    database.clear();
    project();
    assertThat(conversions()).hasSize(2 * REQUESTS).isEqualTo(shown);
    assertThat(TestDatabase.rows(database, SHOWN)).isEqualTo(rows);

    SampleRequest late = new SampleRequest("late", 100);
    publish(late);
    project();
    assertThat(conversions()).extracting(Conversion::id).contains(late.platformId());
  }

  @Test
  void shouldLeaveWhatASlowConsumerHasNotTaken() throws Exception {
    project();
    work(Stage.RESOLVE, Topics.IMAGE_INGESTED, REQUESTS);
    work(Stage.BUILD, Topics.PLATFORM_RESOLVED, 2);
    commit("somebody", Topics.BUNDLE_BUILT, 3);

    long unused = trimming.run();
    clock.pass(Duration.ofDays(1));
    unused = trimming.run();

    assertThat(left(PUSHED)).as("ingest has not begun").isEqualTo(REQUESTS);
    assertThat(left(Topics.work(Topics.PLATFORM_RESOLVED, Lane.PUSH)))
        .as("build has done two")
        .isGreaterThanOrEqualTo(REQUESTS - 2);
    assertThat(left(Topics.BUNDLE_BUILT)).isEqualTo(2 * REQUESTS - 3);
    assertThat(left(Topics.CONVERSION_SKIPPED)).as("nobody reads it").isZero();
  }

  private void commit(String group, String topic, long offset) {
    Map<String, Object> properties = kafka.config().groupProperties(group);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
    }
  }

  @Test
  void shouldLeaveWhatIsYoung() throws Exception {
    project();
    workOnAll();

    long unused = trimming.run();
    clock = new SettableClock(Instant.now());
    try (TopicTrimming young =
        new TopicTrimming(
            database,
            snapshots,
            TopicHistory.open(kafka.config()),
            AFTER,
            Duration.ofDays(1),
            metrics,
            clock)) {
      assertThat(young.run()).isZero();
    }

    assertThat(left(Topics.BUNDLE_BUILT)).isEqualTo(2 * REQUESTS);
  }

  @Test
  void shouldLeaveWhatTheStateHasNotTaken() throws Exception {
    project();
    workOnAll();
    publish(new SampleRequest("late", 100));

    long unused = trimming.run();
    clock.pass(Duration.ofDays(1));
    unused = trimming.run();

    assertThat(left(Topics.BUNDLE_BUILT)).isEqualTo(2);
    project();
    assertThat(conversions()).hasSize(2 * REQUESTS + 2);
  }

  @Test
  void shouldTrimNothingWhereASnapshotIsDamaged() throws Exception {
    project();
    workOnAll();
    long unused = trimming.run();
    String first = store.keys().get(0);
    byte[] whole = store.bytes(first);
    store.change(
        first,
        bytes -> {
          bytes[bytes.length / 2] = (byte) (bytes[bytes.length / 2] ^ 1);
          return bytes;
        });
    clock.pass(Duration.ofDays(1));

    assertThat(trimming.run()).isZero();

    assertThat(left(Topics.BUNDLE_BUILT)).isEqualTo(2 * REQUESTS);
    assertThat(metrics.get("oci2wasm.snapshots").tag("result", "damaged").counter().count())
        .isEqualTo(1);
    clock.pass(Duration.ofDays(1));
    assertThat(trimming.run()).as("two whole ones are there again").isPositive();
    assertThat(store.keys()).hasSize(2).doesNotContain(first);

    store.keys().forEach(key -> store.change(key, bytes -> whole));
    database.clear();
    assertThatThrownBy(this::project)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(store.keys().get(0));
  }

  @Test
  void shouldDoNothingWhileTheStateIsComputed() throws Exception {
    project();
    database.rebuild();

    assertThat(trimming.run()).isZero();

    assertThat(store.keys()).isEmpty();
  }
}
