package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.Stage;
import io.oci2wasm.embedded.EmbeddedKafka;
import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.gateway.GatewayMain;
import io.oci2wasm.runtime.Shutdown;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * The whole pipeline in this process: an embedded Kafka broker and S3 server, the gateway and all
 * workers.
 *
 * <pre>{@code
 * try (Pipeline pipeline = Pipeline.start(PipelineConfig.DEFAULT, data)) {
 *   post(pipeline.address().resolve("/webhooks/distribution"), notification);
 * }
 * }</pre>
 */
public final class Pipeline implements AutoCloseable {
  private final Shutdown shutdown = new Shutdown();
  private final String scheme;
  private final String host;
  private final String kafka;
  private final StoreConfig store;
  private final int port;

  private Pipeline(PipelineConfig given, Path data, boolean rebuild) throws IOException {
    DataDirectory.closed(data);
    Path state = DataDirectory.closed(data.resolve("state"));
    PipelineConfig config = given.with(given.gateway().orStateIn(state));
    try {
      EmbeddedStore embeddedStore = EmbeddedStore.start(DataDirectory.closed(data.resolve("s3")));
      shutdown.last("embedded object store", embeddedStore);
      EmbeddedKafka embeddedKafka =
          EmbeddedKafka.start(DataDirectory.closed(data.resolve("kafka")));
      shutdown.last("embedded Kafka", embeddedKafka);
      KafkaConfig kafkaConfig = config.kafka().at(embeddedKafka.bootstrapServers());
      store =
          config
              .store()
              .at(
                  embeddedStore.endpoint(),
                  embeddedStore.accessKeyIdFile(),
                  embeddedStore.secretAccessKeyFile());
      Parts parts = Parts.prepare(config.with(kafkaConfig).with(store));
      shutdown.last("parts", parts);
      for (Stage stage : new Stage[] {Stage.BUILD, Stage.RESOLVE, Stage.INGEST}) {
        parts.startWorker(stage);
      }
      GatewayMain gateway = parts.startGateway(rebuild);
      scheme = config.gateway().tls().configured() ? "https" : "http";
      host = config.gateway().host();
      kafka = kafkaConfig.bootstrapServers();
      port = gateway.port();
    } catch (IOException | RuntimeException e) {
      shutdown.close();
      throw e;
    }
  }

  /**
   * Starts everything; returns when the gateway serves.
   *
   * @param config where its Kafka and store are is replaced by the embedded ones
   * @param data directory of the embedded broker, store and database; created if missing
   * @throws io.oci2wasm.runtime.config.ConfigException before anything starts, if the gateway would
   *     serve strangers without secrets
   */
  public static Pipeline start(PipelineConfig config, Path data) throws IOException {
    return start(config, data, false);
  }

  /** The same; {@code rebuild} computes what the API shows anew from the topics. */
  public static Pipeline start(PipelineConfig config, Path data, boolean rebuild)
      throws IOException {
    config.gateway().check();
    return new Pipeline(config, data, rebuild);
  }

  /** The gateway's address, e.g. {@code http://127.0.0.1:8080}. */
  public URI address() {
    return URI.create(
        scheme + "://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port);
  }

  /** The embedded broker. */
  public String bootstrapServers() {
    return kafka;
  }

  /** How to reach the embedded store. */
  public StoreConfig store() {
    return store;
  }

  /** Stops taking work, gives back what is not quickly finished, and stops the servers. */
  @Override
  public void close() {
    shutdown.close();
  }
}
