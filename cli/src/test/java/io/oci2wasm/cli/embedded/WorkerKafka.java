package io.oci2wasm.cli.embedded;

import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.TopicAdmin;
import io.oci2wasm.runtime.event.TopicFollower;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.work.EventHandler;
import io.oci2wasm.runtime.work.LaneGate;
import io.oci2wasm.runtime.work.Outcome;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Suspects;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A broker with the pipeline's topics, a worker on it, and everything that ended. */
final class WorkerKafka implements AutoCloseable {
  /** Short, so that the tests can outlive it. */
  static final Duration LOCK = Duration.ofSeconds(4);

  static final int DELIVERY_LIMIT = 3;

  static final WorkerConfig QUICK =
      WorkerConfig.of(1)
          .retrying(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofSeconds(1))
          .draining(Duration.ofSeconds(5));

  private final EmbeddedKafka kafka;
  private final KafkaConfig config;
  private final EventProducer producer;
  private final TopicFollower endings;
  private final List<PipelineEvent> ended = new CopyOnWriteArrayList<>();

  private WorkerKafka(EmbeddedKafka kafka, int partitions) throws IOException {
    this.kafka = kafka;
    this.config =
        new KafkaConfig(
            kafka.bootstrapServers(), partitions, (short) 1, LOCK, DELIVERY_LIMIT, Map.of());
    TopicAdmin.prepare(config);
    this.producer = EventProducer.open(config, "test", Clock.systemUTC());
    this.endings =
        TopicFollower.start(
            config,
            Topics.COMPLETION,
            new MemorySink(
                record -> record.event().ifPresent(received -> ended.add(received.event()))));
  }

  static WorkerKafka start(Path directory) throws IOException {
    return start(directory, 1);
  }

  /** With another number of partitions than one; {@link #records} reads the first only. */
  static WorkerKafka start(Path directory, int partitions) throws IOException {
    return new WorkerKafka(EmbeddedKafka.start(directory), partitions);
  }

  /** Handles pushes with {@code action}. */
  ShareWorker work(Action action) {
    return work(action, QUICK);
  }

  ShareWorker work(Action action, WorkerConfig workerConfig) {
    return work(action, workerConfig, Clock.systemUTC());
  }

  /** Handles pushes with {@code action}, in the time that {@code clock} tells. */
  ShareWorker work(Action action, WorkerConfig workerConfig, Clock clock) {
    return work(action, workerConfig, clock, config);
  }

  /** The same as a worker would that is {@code configured} otherwise than the broker. */
  ShareWorker work(Action action, WorkerConfig workerConfig, Clock clock, KafkaConfig configured) {
    return ShareWorker.start(
        Stage.INGEST,
        Topics.IMAGE_PUSHED,
        ImagePushed.class,
        new EventHandler<ImagePushed>() {
          @Override
          public Outcome handle(ImagePushed event) throws InterruptedException {
            return action.on(event);
          }

          @Override
          public PipelineEvent ending(ImagePushed event, Reason reason, String message) {
            return Endings.ofRequest(event, Stage.INGEST, reason, message);
          }
        },
        new ShareWorker.Wiring(
            configured,
            workerConfig,
            producer,
            new Monitoring().registry(),
            new LaneGate(),
            new Suspects(),
            clock));
  }

  /** An end of {@code event} that tests tell from failures. */
  static Outcome done(ImagePushed event) {
    return new Outcome.Done(
        List.of(Endings.ofRequest(event, Stage.INGEST, Reason.NOT_AN_IMAGE, "done")));
  }

  interface Action {
    Outcome on(ImagePushed event) throws InterruptedException;
  }

  /** Puts a push into its lane. */
  ImagePushed push(Lane lane, String name) throws IOException {
    ImagePushed event = pushed(lane, name);
    producer.publish(List.of(event));
    return event;
  }

  /** Puts pushes into a lane. */
  List<ImagePushed> pushAll(Lane lane, String name, int count) throws IOException {
    List<ImagePushed> events =
        IntStream.range(0, count).mapToObj(i -> pushed(lane, name + "-" + i)).toList();
    // All at once would be more than a busy machine's broker takes in time.
    for (int from = 0; from < count; from += 200) {
      producer.publish(events.subList(from, Math.min(count, from + 200)));
    }
    return events;
  }

  /** A push that is in no topic. */
  static ImagePushed pushed(Lane lane, String name) {
    return new ImagePushed(
        RequestIds.of("test", "127.0.0.1:5000", name),
        lane,
        "test",
        ImageReference.parse("127.0.0.1:5000/team/" + name + ":1"),
        null,
        Instant.now());
  }

  /** What has ended, in the order it was seen. */
  List<PipelineEvent> ended() {
    return ended;
  }

  List<PipelineEvent> ended(ImagePushed request) {
    return ended.stream().filter(e -> e.requestId().equals(request.requestId())).toList();
  }

  /** The letter about a request, once there is one. */
  DeadLetter letter(ImagePushed request) {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                letters().stream()
                    .filter(letter -> request.requestId().equals(letter.work().requestId()))
                    .toList(),
            letters -> !letters.isEmpty())
        .get(0);
  }

  List<DeadLetter> letters() {
    return records(Topics.DEAD_LETTERED).stream().map(WorkerKafka::letter).toList();
  }

  private static DeadLetter letter(RecordCopy record) {
    try {
      return Json.MAPPER.readValue(RecordCopy.decode(record.value()), DeadLetter.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything in a topic. */
  List<RecordCopy> records(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            config.clientProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition only = new TopicPartition(topic, 0);
      consumer.assign(List.of(only));
      consumer.seekToBeginning(List.of(only));
      long end = consumer.endOffsets(List.of(only)).getOrDefault(only, 0L);
      List<RecordCopy> records = new ArrayList<>();
      while (consumer.position(only) < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(record -> records.add(Records.copy(record)));
      }
      return records;
    }
  }

  /** Writes a record as it is. */
  void write(String topic, RecordCopy record) throws IOException {
    producer.forward(List.of(new OutgoingRecord(topic, record)));
  }

  RecordPublisher publisher() {
    return producer;
  }

  KafkaConfig config() {
    return config;
  }

  @Override
  public void close() {
    endings.close();
    producer.close();
    kafka.close();
  }
}
