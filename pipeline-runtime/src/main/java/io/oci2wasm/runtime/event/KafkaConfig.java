package io.oci2wasm.runtime.event;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** How to reach Kafka, and how to create missing topics. */
public record KafkaConfig(
    @ConfigKey(
            meaning = "HOST:PORT of some brokers, separated by commas.",
            byDefault = "127.0.0.1:9092")
        String bootstrapServers,
    @ConfigKey(
            meaning =
                "Partitions of each new topic. Work topics always have one, which all "
                    + "workers share (ARCHITECTURE.md, \"Delivery\").",
            byDefault = "4")
        int partitions,
    @ConfigKey(
            meaning = "Copies of each new topic. -1 uses the brokers' default.",
            byDefault = "-1")
        short replicationFactor,
    @ConfigKey(
            meaning =
                "A worker that is silent for this long loses its event to another. 1s "
                    + "or more, within the brokers' limits (15s to 60s unless changed).",
            byDefault = "30s")
        Duration lockDuration,
    @ConfigKey(
            meaning = "A request fails when its event has killed this many deliveries. 2 to 10.",
            byDefault = "5")
        int deliveryLimit,
    @ConfigKey(
            meaning =
                "Passed to every Kafka client. ${secret:FILE} stands for the content of "
                    + "a file, so no password has to be in this file:",
            byDefault = "{}")
        Map<String, String> properties) {
  public static final KafkaConfig DEFAULT = ConfigFile.defaults(KafkaConfig.class);

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
