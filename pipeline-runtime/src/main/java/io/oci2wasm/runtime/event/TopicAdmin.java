package io.oci2wasm.runtime.event;

import static org.apache.kafka.common.config.TopicConfig.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.MAX_MESSAGE_BYTES_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.RETENTION_BYTES_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.RETENTION_MS_CONFIG;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Creates the topics that are missing and sets the share groups' rules. Every part does so when it
 * starts: whichever comes first, {@code share.auto.offset.reset} is set before a group's first
 * consumer, which would otherwise skip what was written before it.
 */
public final class TopicAdmin {
  private static final String FOREVER = "-1";

  /** Room for the largest webhook that the gateway takes by default, 8 MiB, in base64. */
  static final int MAX_DEAD_LETTER_BYTES = 16 << 20;

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private TopicAdmin() {}

  /**
   * Makes Kafka ready for the pipeline.
   *
   * @throws UnavailableException if Kafka does not answer or refuses
   * @throws io.oci2wasm.runtime.config.ConfigException if it is too old
   */
  public static void prepare(KafkaConfig config) throws UnavailableException {
    try (Admin admin = Admin.create(config.clientProperties())) {
      BrokerFeatures.require(
          AdminAnswer.await(
              "asking for its features", admin.describeFeatures().featureMetadata(), TIMEOUT),
          config.bootstrapServers());
      createTopics(admin, config);
      configureGroups(admin, config);
    }
  }

  private static void createTopics(Admin admin, KafkaConfig config) throws UnavailableException {
    Collection<KafkaFuture<Void>> results = admin.createTopics(topics(config)).values().values();
    for (KafkaFuture<Void> result : results) {
      try {
        AdminAnswer.await("creating topics", result, TIMEOUT);
      } catch (UnavailableException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
  }

  private static List<NewTopic> topics(KafkaConfig config) {
    Map<String, String> forever =
        Map.of(RETENTION_MS_CONFIG, FOREVER, RETENTION_BYTES_CONFIG, FOREVER);
    List<NewTopic> topics = new ArrayList<>();
    for (String type : Topics.LANED) {
      for (Lane lane : Lane.values()) {
        topics.add(topic(config, Topics.work(type, lane), forever));
      }
      topics.add(topic(config, Topics.retry(type), forever));
    }
    // The API's view is rebuilt from work and completion topics together: one without the other
    // would show finished conversions as unfinished.
    for (String type : Topics.COMPLETION) {
      topics.add(topic(config, type, forever));
    }
    // Retention asks what was deleted however long ago.
    topics.add(topic(config, Topics.IMAGE_DELETED, forever));
    for (String type : Topics.BATCH) {
      topics.add(topic(config, type, forever));
    }
    Map<String, String> letters = new HashMap<>(forever);
    letters.put(MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MAX_DEAD_LETTER_BYTES));
    topics.add(topic(config, Topics.DEAD_LETTERED, letters));
    topics.add(topic(config, Topics.REPLAYED, forever));
    topics.add(topic(config, Topics.RESENT, forever));
    topics.add(
        topic(
            config,
            Topics.STAGE_STARTED,
            Map.of(RETENTION_MS_CONFIG, Long.toString(Duration.ofDays(1).toMillis()))));
    Map<String, String> dropped = new HashMap<>(forever);
    dropped.put(ERRORS_DEADLETTERQUEUE_GROUP_ENABLE_CONFIG, "true");
    topics.add(topic(config, Topics.DROPPED, dropped));
    return topics;
  }

  private static NewTopic topic(KafkaConfig config, String name, Map<String, String> settings) {
    return new NewTopic(name, config.partitions(), config.replicationFactor()).configs(settings);
  }

  private static void configureGroups(Admin admin, KafkaConfig config) throws UnavailableException {
    Map<String, String> settings =
        Map.of(
            "share.auto.offset.reset",
            "earliest",
            "share.delivery.count.limit",
            Integer.toString(config.deliveryLimit()),
            "share.record.lock.duration.ms",
            Long.toString(config.lockDuration().toMillis()),
            "errors.deadletterqueue.topic.name",
            Topics.DROPPED,
            "errors.deadletterqueue.copy.record.enable",
            "true");
    List<AlterConfigOp> operations =
        settings.entrySet().stream()
            .map(
                setting ->
                    new AlterConfigOp(
                        new ConfigEntry(setting.getKey(), setting.getValue()),
                        AlterConfigOp.OpType.SET))
            .toList();
    Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
    for (Stage stage : Topics.TAKEN.keySet()) {
      for (Lane lane : Lane.values()) {
        changes.put(
            new ConfigResource(ConfigResource.Type.GROUP, Topics.shareGroup(stage, lane)),
            operations);
      }
    }
    AdminAnswer.await(
        "configuring share groups", admin.incrementalAlterConfigs(changes).all(), TIMEOUT);
  }
}
