package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;

/** Asks Kafka whether it is there. */
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

  /** Fails unless a broker answers. */
  public void checkReachable() throws UnavailableException, InterruptedException {
    try {
      admin
          .describeCluster(new DescribeClusterOptions().timeoutMs(PATIENCE_MILLIS))
          .clusterId()
          .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new UnavailableException("Kafka at " + servers + ": does not answer", e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
