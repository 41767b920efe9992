package io.oci2wasm.runtime.event;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * How to reach Kafka, and how to create missing topics.
 *
 * @param partitions of each topic; share groups need few
 * @param replicationFactor of each topic; -1 is the broker's default
 * @param lockDuration after which a silent worker's record goes to another
 * @param deliveryLimit how often a record is given out before it is taken for one that crashes
 *     every worker
 * @param properties passed to every client as they are, e.g. for TLS; passwords by {@link
 *     SecretProvider}
 */
public record KafkaConfig(
    String bootstrapServers,
    int partitions,
    short replicationFactor,
    Duration lockDuration,
    int deliveryLimit,
    Map<String, String> properties) {
  public static final KafkaConfig DEFAULT =
      new KafkaConfig("127.0.0.1:9092", 4, (short) -1, Duration.ofSeconds(30), 5, Map.of());

  /** Brokers take no less than 6 s, unless they are told to. */
  private static final Duration MEMBER_TIMEOUT = Duration.ofSeconds(10);

  public KafkaConfig {
    if (partitions < 1) {
      throw new IllegalArgumentException(
          "partitions: found " + partitions + ", expected 1 or more");
    }
    if (deliveryLimit < 2 || deliveryLimit > 10) {
      throw new IllegalArgumentException(
          "deliveryLimit: found " + deliveryLimit + ", expected 2 to 10, which brokers allow");
    }
    if (lockDuration.toMillis() < 1000) {
      throw new IllegalArgumentException(
          "lockDuration: found " + lockDuration.toMillis() + "ms, expected 1s or more");
    }
    properties = Map.copyOf(properties);
  }

  /** The same with {@code bootstrapServers}. */
  public KafkaConfig at(String bootstrapServers) {
    return new KafkaConfig(
        bootstrapServers, partitions, replicationFactor, lockDuration, deliveryLimit, properties);
  }

  /** What every client is given. */
  public Map<String, Object> clientProperties() {
    Map<String, Object> all = new HashMap<>();
    all.put("config.providers", "secret");
    all.put("config.providers.secret.class", SecretProvider.class.getName());
    all.putAll(properties);
    all.put("bootstrap.servers", bootstrapServers);
    return all;
  }

  /**
   * What a member of an ordinary consumer group is given that commits what it has done. Of one that
   * dies the others get the partitions as soon as {@link #MEMBER_TIMEOUT} is over, where Kafka's
   * default is 45 s.
   */
  public Map<String, Object> groupProperties(String group) {
    Map<String, Object> all = clientProperties();
    all.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    all.putIfAbsent(
        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Math.toIntExact(MEMBER_TIMEOUT.toMillis()));
    return all;
  }

  /** Properties may hold passwords. */
  @Override
  public String toString() {
    return "KafkaConfig[" + bootstrapServers + ", properties=" + properties.keySet() + "]";
  }
}
