package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.embedded.EmbeddedKafka;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.TopicAdmin;
import io.oci2wasm.runtime.event.TopicFollower;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.testsupport.SampleEvents;
import io.oci2wasm.testsupport.TopicContents;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

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
  private final TopicContents contents;
  private final EventProducer producer;
  private final TopicFollower endings;
  private final List<PipelineEvent> ended = new CopyOnWriteArrayList<>();

  private WorkerKafka(EmbeddedKafka kafka, int partitions) throws IOException {
    this.kafka = kafka;
    this.config =
        new KafkaConfig(
            kafka.bootstrapServers(), partitions, (short) 1, LOCK, DELIVERY_LIMIT, Map.of());
    TopicAdmin.prepare(config);
    this.contents = new TopicContents(config.clientProperties());
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
    ImagePushed event = SampleEvents.pushed(lane, name);
    producer.publish(List.of(event));
    return event;
  }

  /** Puts pushes into a lane. */
  List<ImagePushed> pushAll(Lane lane, String name, int count) throws IOException {
    List<ImagePushed> events =
        IntStream.range(0, count).mapToObj(i -> SampleEvents.pushed(lane, name + "-" + i)).toList();
    // All at once would be more than a busy machine's broker takes in time.
    for (int from = 0; from < count; from += 200) {
      producer.publish(events.subList(from, Math.min(count, from + 200)));
    }
    return events;
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
    return contents.awaitLetter(request.requestId());
  }

  List<DeadLetter> letters() {
    return contents.letters();
  }

  /** Everything in a topic. */
  List<RecordCopy> records(String topic) {
    return contents.of(topic).stream().map(Records::copy).toList();
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
