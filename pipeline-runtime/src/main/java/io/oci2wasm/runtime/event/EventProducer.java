package io.oci2wasm.runtime.event;

import io.cloudevents.kafka.KafkaMessageFactory;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes events to their topics, acknowledged by all replicas. Its retries make no duplicates. */
public final class EventProducer implements RecordPublisher, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(EventProducer.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /** Room for key, headers and Kafka's own. */
  private static final int OVERHEAD_BYTES = 16 << 10;

  private final Producer<byte[], byte[]> producer;
  private final URI source;
  private final Clock clock;

  EventProducer(Producer<byte[], byte[]> producer, String part, Clock clock) {
    this.producer = producer;
    this.source = URI.create("/oci2wasm/" + part);
    this.clock = clock;
  }

  /** Opens a producer for {@code part}, e.g. {@code gateway}: it is the events' source. */
  public static EventProducer open(KafkaConfig config, String part, Clock clock) {
    Map<String, Object> properties = config.clientProperties();
    properties.put(ProducerConfig.CLIENT_ID_CONFIG, part);
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    // Dead letters hold whole webhooks in base64; the other topics' own limits stay as they are.
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, TopicAdmin.MAX_DEAD_LETTER_BYTES);
    // A webhook's sender waits for us: better an error that it retries than minutes of silence.
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
    properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 15_000);
    return new EventProducer(
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()),
        part,
        clock);
  }

  @Override
  public void publish(List<? extends TopicEvent> events) throws UnavailableException {
    write(events.stream().map(this::record).toList());
  }

  @Override
  public void forward(List<OutgoingRecord> records) throws UnavailableException {
    write(records.stream().map(Records::outgoing).toList());
  }

  private void write(List<ProducerRecord<byte[], byte[]>> records) throws UnavailableException {
    checkSizes(records);
    List<Future<RecordMetadata>> pending = new ArrayList<>(records.size());
    try {
      for (ProducerRecord<byte[], byte[]> record : records) {
        pending.add(producer.send(record));
      }
      for (Future<RecordMetadata> acknowledgement : pending) {
        acknowledgement.get();
      }
    } catch (ExecutionException e) {
      throw failure(records, e.getCause() == null ? e : e.getCause());
    } catch (KafkaException e) {
      throw failure(records, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("writing events to Kafka: interrupted", e);
    }
  }

  /** Before any is sent: an outcome is not written in part. */
  private static void checkSizes(List<ProducerRecord<byte[], byte[]>> records) {
    for (ProducerRecord<byte[], byte[]> record : records) {
      int limit =
          record.topic().equals(Topics.DEAD_LETTERED)
              ? TopicAdmin.MAX_DEAD_LETTER_BYTES
              : TopicAdmin.MAX_EVENT_BYTES;
      int size = record.value().length + OVERHEAD_BYTES;
      if (size > limit) {
        throw tooLarge(record, "expected at most " + (limit - OVERHEAD_BYTES), null);
      }
    }
  }

  private static EventTooLargeException tooLarge(
      ProducerRecord<byte[], byte[]> record, String expected, @Nullable Throwable cause) {
    return new EventTooLargeException(
        String.format(
            "writing an event to %s: found %s bytes, %s",
            record.topic(), record.value().length, expected),
        cause);
  }

  private static UnavailableException failure(
      List<ProducerRecord<byte[], byte[]>> records, Throwable cause) {
    if (cause instanceof RecordTooLargeException) {
      ProducerRecord<byte[], byte[]> largest =
          Collections.max(records, Comparator.comparingInt(record -> record.value().length));
      throw tooLarge(largest, "which is more than the topic's max.message.bytes", cause);
    }
    if (cause instanceof SerializationException) {
      throw new IllegalStateException(
          "writing " + records.size() + " events to Kafka: one can never be written", cause);
    }
    return new UnavailableException(
        "writing " + records.size() + " events to Kafka: found " + cause.getMessage(), cause);
  }

  @Override
  public void report(PipelineEvent event) {
    var unused =
        producer.send(
            record(event),
            (metadata, error) -> {
              if (error != null) {
                LOGGER
                    .atWarn()
                    .addKeyValue(LogKeys.EVENT_ID, event.eventId())
                    .addKeyValue(LogKeys.ERROR, error.getMessage())
                    .log("A report could not be written");
              }
            });
  }

  private ProducerRecord<byte[], byte[]> record(TopicEvent event) {
    return KafkaMessageFactory.createWriter(
            EventCodec.topic(event), event.recordKey().getBytes(StandardCharsets.UTF_8))
        .writeBinary(EventCodec.encode(event, source, clock.instant()));
  }

  @Override
  public void close() {
    producer.close(CLOSE_TIMEOUT);
  }
}
