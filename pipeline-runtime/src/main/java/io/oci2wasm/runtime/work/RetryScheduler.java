package io.oci2wasm.runtime.work;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Loop;
import io.oci2wasm.runtime.event.Consumers;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicTrimmer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the events of a stage's retry topic back into their work topics when they are due. All
 * workers of a stage share its partitions. An event is written first and its offset committed after
 * that, so a crash in between writes it again: it has the same id and attempt then, and is worked
 * on as any event that comes twice.
 */
final class RetryScheduler {
  private static final Logger LOGGER = LoggerFactory.getLogger(RetryScheduler.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int MAX_ENTRIES = 10_000;
  private static final long MAX_BYTES = 64L << 20;
  private static final int BATCH = 500;
  private static final Duration TRIM_EVERY = Duration.ofMinutes(1);

  private final Stage stage;
  private final String workType;
  private final Consumer<byte[], byte[]> consumer;
  private final TopicTrimmer trimmer;
  private final RecordPublisher publisher;
  private final Clock clock;
  private final RetryBacklog backlog = new RetryBacklog(MAX_ENTRIES, MAX_BYTES);
  private final AtomicInteger waiting = new AtomicInteger();
  private final Loop loop;
  private boolean uncommitted;

  private RetryScheduler(
      Stage stage,
      String workType,
      Consumer<byte[], byte[]> consumer,
      TopicTrimmer trimmer,
      RecordPublisher publisher,
      Clock clock) {
    this.stage = stage;
    this.workType = workType;
    this.consumer = consumer;
    this.trimmer = trimmer;
    this.publisher = publisher;
    this.clock = clock;
    this.loop = new Loop(stage + "-retries", this::round, this::end);
  }

  /** A scheduler that has begun nothing yet. */
  static RetryScheduler open(
      Stage stage,
      String workType,
      KafkaConfig kafka,
      RecordPublisher publisher,
      MeterRegistry metrics,
      Clock clock) {
    RetryScheduler scheduler =
        new RetryScheduler(
            stage,
            workType,
            Consumers.open(kafka.groupProperties(Topics.retryGroup(stage))),
            TopicTrimmer.open(kafka, TRIM_EVERY),
            publisher,
            clock);
    scheduler.consumer.subscribe(
        List.of(Topics.retry(workType)), scheduler.new RebalanceListener());
    Gauge.builder("oci2wasm.retries.waiting", scheduler.waiting, AtomicInteger::get)
        .tag("stage", stage.toString())
        .description("Events in the retry topic that are not due yet")
        .register(metrics);
    return scheduler;
  }

  Loop loop() {
    return loop;
  }

  private void end() {
    trimmer.close();
    consumer.close();
  }

  private void round() throws UnavailableException, InterruptedException {
    Instant now = clock.instant();
    backlog.toReadAgain(now).forEach(consumer::seek);
    Polled.handOver(
        consumer,
        consumer.poll(backlog.idle(now, POLL)),
        records -> {
          records.forEach(record -> backlog.add(entry(record)));
          return true;
        });
    writeDue();
    waiting.set(backlog.size());
  }

  private RetryBacklog.Entry entry(ConsumerRecord<byte[], byte[]> record) {
    RecordCopy copy = Records.copy(record);
    OutgoingRecord back = Retries.back(stage, workType, record, clock.instant());
    return new RetryBacklog.Entry(
        new TopicPartition(record.topic(), record.partition()),
        record.offset(),
        Retries.due(back, RetryMark.of(copy)),
        Retries.identity(record, copy, back),
        back);
  }

  private void writeDue() throws UnavailableException {
    List<RetryBacklog.Entry> due = backlog.due(clock.instant(), BATCH);
    if (!due.isEmpty()) {
      publisher.forward(due.stream().map(RetryBacklog.Entry::outgoing).toList());
      due.forEach(backlog::done);
      uncommitted = true;
    }
    if (uncommitted) {
      Map<TopicPartition, OffsetAndMetadata> positions = backlog.positions();
      consumer.commitSync(positions);
      Map<TopicPartition, Long> done = new HashMap<>();
      positions.forEach((partition, position) -> done.put(partition, position.offset()));
      trimmer.trim(done);
      uncommitted = false;
    }
  }

  /** Partitions come and go as workers do. */
  private final class RebalanceListener implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      backlog.forget(partitions);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      consumer
          .committed(Set.copyOf(partitions))
          .forEach(
              (partition, committed) -> {
                if (committed != null) {
                  backlog.restore(partition, committed);
                }
              });
      LOGGER
          .atDebug()
          .addKeyValue(LogKeys.STAGE, stage)
          .addKeyValue(LogKeys.PARTITION, partitions)
          .log("Retry scheduler has partitions");
    }
  }
}
