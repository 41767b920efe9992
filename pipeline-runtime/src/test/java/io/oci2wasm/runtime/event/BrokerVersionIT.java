package io.oci2wasm.runtime.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.embedded.EmbeddedKafka;
import io.oci2wasm.runtime.config.ConfigException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker without what the pipeline needs is refused at the start, in words. */
class BrokerVersionIT {
  @TempDir private Path directory;

  @Test
  void shouldRefuseABrokerWhoseShareGroupsHaveNoDeadLetterQueue() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
      KafkaConfig config = KafkaConfig.DEFAULT.at(kafka.bootstrapServers());
      try (Admin admin = Admin.create(config.clientProperties())) {
        admin
            .updateFeatures(
                Map.of(
                    "share.version",
                    new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
                new UpdateFeaturesOptions())
            .all()
            .get(20, TimeUnit.SECONDS);

        assertThatThrownBy(() -> TopicAdmin.prepare(config))
            .isInstanceOf(ConfigException.class)
            .hasMessage(
                "Kafka at "
                    + kafka.bootstrapServers()
                    + ": found feature share.version at level 1, expected 2 (share groups with a"
                    + " dead-letter queue); switch it on with kafka-features.sh upgrade --feature"
                    + " share.version=2");
        assertThat(admin.listTopics().names().get(20, TimeUnit.SECONDS)).isEmpty();
      }
    }
  }
}
