package io.oci2wasm.runtime.event;

import io.oci2wasm.runtime.config.ConfigException;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.SupportedVersionRange;

/**
 * What the pipeline needs of its brokers: share groups with a dead-letter queue (KIP-932,
 * KIP-1191), which is level 2 of the feature {@code share.version} and comes with Kafka 4.4.
 */
final class BrokerFeatures {
  private static final String SHARE = "share.version";
  private static final short WITH_DEAD_LETTERS = 2;

  private BrokerFeatures() {}

  /**
   * Looks at what brokers said.
   *
   * @param servers where they were asked
   * @throws ConfigException if a newer Kafka is needed, or the feature has to be switched on
   */
  static void require(FeatureMetadata found, String servers) {
    FinalizedVersionRange active = found.finalizedFeatures().get(SHARE);
    int level = active == null ? 0 : active.maxVersionLevel();
    if (level >= WITH_DEAD_LETTERS) {
      return;
    }
    SupportedVersionRange supported = found.supportedFeatures().get(SHARE);
    boolean possible = supported != null && supported.maxVersion() >= WITH_DEAD_LETTERS;
    throw new ConfigException(
        String.format(
            "Kafka at %s: found feature share.version at level %s, expected %s (share"
                + " groups with a dead-letter queue); %s",
            servers,
            level,
            WITH_DEAD_LETTERS,
            possible
                ? "switch it on with kafka-features.sh upgrade --feature share.version="
                    + WITH_DEAD_LETTERS
                : "upgrade the brokers to Kafka 4.4 or newer"));
  }
}
