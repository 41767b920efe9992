package io.oci2wasm.runtime.event;

import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_COMPACT;
import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_DELETE;
import static org.apache.kafka.common.config.TopicConfig.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.MAX_MESSAGE_BYTES_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.RETENTION_BYTES_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.RETENTION_MS_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.SEGMENT_MS_CONFIG;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the topics that are missing and sets the share groups' rules. Every part does so when it
 * starts. So {@code share.auto.offset.reset} is set before a group's first consumer starts, which
 * would otherwise skip earlier records.
 */
public final class TopicAdmin {
  private static final Logger LOGGER = LoggerFactory.getLogger(TopicAdmin.class);
  private static final String FOREVER = "-1";

  /**
   * Room for what an index with thousands of platforms says of those that failed. Twice as much
   * holds a record of this size as a dead letter, in base64.
   */
  static final int MAX_EVENT_BYTES = 8 << 20;

  /** Room for the largest webhook that the gateway takes by default, 8 MiB, in base64. */
  static final int MAX_DEAD_LETTER_BYTES = 16 << 20;

  /**
   * Of a share group's members each has some partitions only, unless there is just one: records
   * would wait for members that are busy while others idle.
   */
  private static final int WORK_PARTITIONS = 1;

  /** So many events may pass one that is not done. Brokers take no more than their own maximum. */
  private static final List<String> RECORD_LOCKS = List.of("10000", "4000", "2000");

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
    List<NewTopic> topics = topics(config);
    Map<String, KafkaFuture<Void>> results = admin.createTopics(topics).values();
    List<NewTopic> existing = new ArrayList<>();
    for (NewTopic topic : topics) {
      try {
        AdminAnswer.await(
            "creating topics", Objects.requireNonNull(results.get(topic.name())), TIMEOUT);
      } catch (UnavailableException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
        existing.add(topic);
      }
    }
    try {
      warnOfPartitions(admin, existing);
      widen(admin, existing);
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("Topic settings cannot be read or changed; very large events may be refused");
    }
  }

  private static void warnOfPartitions(Admin admin, List<NewTopic> existing)
      throws UnavailableException {
    List<String> work = existing.stream().map(NewTopic::name).filter(TopicAdmin::isWork).toList();
    for (TopicDescription topic :
        AdminAnswer.await("describing topics", admin.describeTopics(work).allTopicNames(), TIMEOUT)
            .values()) {
      if (topic.partitions().size() > WORK_PARTITIONS) {
        LOGGER
            .atWarn()
            .addKeyValue(LogKeys.TOPIC, topic.name())
            .addKeyValue("partitions", topic.partitions().size())
            .log("A work topic has more than one partition: events may wait for busy workers");
      }
    }
  }

  private static boolean isWork(String topic) {
    return Topics.LANED.stream()
        .anyMatch(
            type ->
                Arrays.stream(Lane.values())
                    .anyMatch(lane -> Topics.work(type, lane).equals(topic)));
  }

  /** Topics of an earlier version take only what brokers take by default, 1 MiB. */
  private static void widen(Admin admin, List<NewTopic> existing) throws UnavailableException {
    Map<ConfigResource, Config> found =
        AdminAnswer.await(
            "reading topics' settings",
            admin.describeConfigs(existing.stream().map(TopicAdmin::resource).toList()).all(),
            TIMEOUT);
    Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
    for (NewTopic topic : existing) {
      String wanted = topic.configs().get(MAX_MESSAGE_BYTES_CONFIG);
      Config settings = found.get(resource(topic));
      if (wanted != null
          && settings != null
          && Long.parseLong(settings.get(MAX_MESSAGE_BYTES_CONFIG).value())
              < Long.parseLong(wanted)) {
        changes.put(
            resource(topic),
            List.of(
                new AlterConfigOp(
                    new ConfigEntry(MAX_MESSAGE_BYTES_CONFIG, wanted), AlterConfigOp.OpType.SET)));
      }
    }
    if (!changes.isEmpty()) {
      AdminAnswer.await(
          "changing topics' settings", admin.incrementalAlterConfigs(changes).all(), TIMEOUT);
    }
  }

  private static ConfigResource resource(NewTopic topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
  }

  private static List<NewTopic> topics(KafkaConfig config) {
    Map<String, String> forever =
        Map.of(
            RETENTION_MS_CONFIG,
            FOREVER,
            RETENTION_BYTES_CONFIG,
            FOREVER,
            MAX_MESSAGE_BYTES_CONFIG,
            Integer.toString(MAX_EVENT_BYTES));
    List<NewTopic> topics = new ArrayList<>();
    for (String type : Topics.LANED) {
      for (Lane lane : Lane.values()) {
        topics.add(
            new NewTopic(Topics.work(type, lane), WORK_PARTITIONS, config.replicationFactor())
                .configs(forever));
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
    topics.add(topic(config, Topics.BUNDLE_REMOVED, forever));
    topics.add(topic(config, Topics.BUNDLE_DELIVERED, forever));
    for (String type : Topics.BATCH) {
      topics.add(topic(config, type, forever));
    }
    Map<String, String> letters = new HashMap<>(forever);
    letters.put(MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MAX_DEAD_LETTER_BYTES));
    topics.add(topic(config, Topics.DEAD_LETTERED, letters));
    topics.add(topic(config, Topics.REPLAYED, forever));
    topics.add(topic(config, Topics.RESENT, forever));
    // Each is written again at every try, within a minute while a gateway runs.
    Map<String, String> putOff = new HashMap<>(forever);
    putOff.put(RETENTION_MS_CONFIG, Long.toString(Duration.ofDays(30).toMillis()));
    topics.add(topic(config, Topics.retry(Topics.RESENT), putOff));
    topics.add(
        topic(
            config,
            Topics.STAGE_STARTED,
            Map.of(RETENTION_MS_CONFIG, Long.toString(Duration.ofDays(1).toMillis()))));
    // What is older than some seconds says nothing.
    topics.add(
        new NewTopic(Topics.WORK_HELD, 1, config.replicationFactor())
            .configs(Map.of(RETENTION_MS_CONFIG, Long.toString(Duration.ofHours(1).toMillis()))));
    // One record a worker says who is there now. Others are removed soon, by the broker's clock.
    topics.add(
        new NewTopic(Topics.WORKER_SEEN, 1, config.replicationFactor())
            .configs(
                Map.of(
                    CLEANUP_POLICY_CONFIG,
                    CLEANUP_POLICY_COMPACT + "," + CLEANUP_POLICY_DELETE,
                    RETENTION_MS_CONFIG,
                    Long.toString(Duration.ofHours(1).toMillis()),
                    SEGMENT_MS_CONFIG,
                    Long.toString(Duration.ofMinutes(10).toMillis()),
                    MESSAGE_TIMESTAMP_TYPE_CONFIG,
                    "LogAppendTime")));
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
    set(admin, settings);
    allowLocks(admin);
  }

  /** The most that the broker allows. */
  private static void allowLocks(Admin admin) throws UnavailableException {
    for (String locks : RECORD_LOCKS) {
      try {
        set(admin, Map.of("share.partition.max.record.locks", locks));
        if (!locks.equals(RECORD_LOCKS.get(0))) {
          LOGGER
              .atWarn()
              .addKeyValue("recordLocks", locks)
              .log(
                  "After this many events have passed one in progress, its lane waits for it; set"
                      + " the broker's group.share.max.partition.max.record.locks to 10000");
        }
        return;
      } catch (UnavailableException e) {
        if (!(e.getCause() instanceof InvalidConfigurationException)) {
          throw e;
        }
      }
    }
  }

  private static void set(Admin admin, Map<String, String> settings) throws UnavailableException {
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
