package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.api.Topics;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.work.GroupReader;
import io.oci2wasm.runtime.work.RetryPolicy;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * All subscribers. Each has its own consumer group, which the gateways on one Kafka share. A slow
 * subscriber does not delay others.
 */
public final class Subscribers implements AutoCloseable {
  /** Events that one gateway sends to one subscriber at a time. */
  private static final int AT_ONCE = 16;

  /** Events put off that wait for their time in one gateway, beside those that go on. */
  private static final int WAITING = 128;

  private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
  private static final Duration RETRY_MAX = Duration.ofMinutes(1);

  private final List<GroupReader> readers = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();

  private Subscribers() {}

  /**
   * Refuses subscribers that cannot be told anything.
   *
   * @throws ConfigException if two have one name, or a secret cannot be read
   */
  public static void check(List<SubscriberConfig> configs) {
    Set<String> names = new HashSet<>();
    for (SubscriberConfig config : configs) {
      if (!names.add(config.name())) {
        throw new ConfigException(
            String.format(
                "gateway.subscribers: found the name %s twice, expected each once: it names a"
                    + " consumer group",
                config.name()));
      }
      SigningKey unused = SigningKey.fromFile(config.secretFile());
    }
  }

  /**
   * Starts telling; a new subscriber is told of what is written from now on.
   *
   * @param publisher gets what is given up, and what is put off
   * @param deliveries gets what became of each attempt
   */
  public static Subscribers start(
      List<SubscriberConfig> configs,
      KafkaConfig kafka,
      RecordPublisher publisher,
      Monitoring monitoring,
      Deliveries deliveries,
      Clock clock) {
    Subscribers all = new Subscribers();
    for (SubscriberConfig config : configs) {
      all.add(config, kafka, publisher, monitoring, deliveries, clock);
    }
    return all;
  }

  private void add(
      SubscriberConfig config,
      KafkaConfig kafka,
      RecordPublisher publisher,
      Monitoring monitoring,
      Deliveries deliveries,
      Clock clock) {
    Subscriber subscriber =
        new Subscriber(
            config.name(),
            new Endpoint(
                config.url(), SigningKey.fromFile(config.secretFile()), config.timeLimit(), clock),
            new RetryPolicy(
                WorkerConfig.of(1).retrying(RETRY_FIRST, RETRY_MAX, config.retryTime()),
                RandomGenerator.getDefault()),
            publisher,
            monitoring.registry(),
            deliveries,
            clock);
    subscribers.add(subscriber);
    String group = "subscriber." + config.name();
    read(kafka, group, SubscriberLetters.topics(config.topics()), AT_ONCE, clock, subscriber);
    read(kafka, group + ".retry", List.of(Topics.retry(Topics.RESENT)), WAITING, clock, subscriber);
    List<GroupReader> both = List.copyOf(readers.subList(readers.size() - 2, readers.size()));
    monitoring.living(
        "subscriber " + config.name(), () -> both.stream().allMatch(GroupReader::alive));
  }

  private void read(
      KafkaConfig kafka,
      String group,
      List<String> topics,
      int atOnce,
      Clock clock,
      Subscriber subscriber) {
    readers.add(GroupReader.start(kafka, group, topics, atOnce, clock.instant(), subscriber));
  }

  @Override
  public void close() {
    readers.forEach(GroupReader::stopTaking);
    readers.forEach(GroupReader::close);
    subscribers.forEach(Subscriber::close);
  }
}
