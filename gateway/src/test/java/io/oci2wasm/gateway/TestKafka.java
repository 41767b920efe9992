package io.oci2wasm.gateway;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.embedded.EmbeddedKafka;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.TopicAdmin;
import io.oci2wasm.testsupport.SampleEvents;
import io.oci2wasm.testsupport.TopicContents;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A broker with the pipeline's topics. */
public final class TestKafka implements AutoCloseable {
  private final EmbeddedKafka kafka;
  private final KafkaConfig config;
  private final EventProducer producer;

  /** Starts a broker that keeps its data in {@code directory}. */
  public TestKafka(Path directory) throws IOException {
    kafka = EmbeddedKafka.start(directory);
    config =
        new KafkaConfig(kafka.bootstrapServers(), 1, (short) 1, Duration.ofSeconds(4), 3, Map.of());
    TopicAdmin.prepare(config);
    producer = EventProducer.open(config, "test", Clock.systemUTC());
  }

  public KafkaConfig config() {
    return config;
  }

  public EventProducer producer() {
    return producer;
  }

  public TopicContents contents() {
    return new TopicContents(config.clientProperties());
  }

  /** Puts a push into its lane. */
  public ImagePushed push(Lane lane, String name) throws IOException {
    ImagePushed event = SampleEvents.pushed(lane, name);
    producer.publish(List.of(event));
    return event;
  }

  @Override
  public void close() {
    producer.close();
    kafka.close();
  }
}
