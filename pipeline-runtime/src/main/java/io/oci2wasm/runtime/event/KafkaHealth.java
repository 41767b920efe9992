package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;

/** Checks whether an event can be written to Kafka. */
public final class KafkaHealth implements AutoCloseable {
  /** Shorter than what those who probe for readiness wait. */
  private static final int PATIENCE_MILLIS = 2500;

  private final Admin admin;
  private final String servers;

  private KafkaHealth(Admin admin, String servers) {
    this.admin = admin;
    this.servers = servers;
  }

  /** Opens a connection for questions; nothing is asked yet. */
  public static KafkaHealth open(KafkaConfig config) {
    return new KafkaHealth(Admin.create(config.clientProperties()), config.bootstrapServers());
  }

  /**
   * Fails unless a broker leads every partition of {@code topic}.
   *
   * @throws UnavailableException with what is wrong
   */
  public void checkWritable(String topic) throws UnavailableException, InterruptedException {
    try {
      TopicDescription found =
          admin
              .describeTopics(
                  List.of(topic), new DescribeTopicsOptions().timeoutMs(PATIENCE_MILLIS))
              .allTopicNames()
              .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
              .get(topic);
      if (found == null || !found.partitions().stream().allMatch(KafkaHealth::hasLeader)) {
        throw new UnavailableException(
            "Kafka at " + servers + ": found a partition of " + topic + " without leader", null);
      }
    } catch (ExecutionException e) {
      throw new UnavailableException(
          "Kafka at " + servers + ", asking for " + topic + ": found " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new UnavailableException("Kafka at " + servers + ": does not answer", e);
    }
  }

  private static boolean hasLeader(TopicPartitionInfo partition) {
    return partition.leader() != null && !partition.leader().isEmpty();
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
