package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.Stage;
import io.oci2wasm.embedded.EmbeddedKafka;
import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.GatewayMain;
import io.oci2wasm.runtime.Shutdown;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

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

  private Pipeline(PipelineConfig given, Path data, boolean rebuild, Consumer<String> begun)
      throws IOException {
    DataDirectory.closed(data);
    // What is there already can be made less by a running pipeline only.
    if (!Files.exists(data.resolve("state"))) {
      DataDirectory.requireRoom(data, Files.getFileStore(data).getUsableSpace());
    }
    Path state = DataDirectory.closed(data.resolve("state"));
    PipelineConfig config = given.with(given.gateway().orStateIn(state));
    shutdown.last("lock of the data folder", DataDirectory.taken(data));
    try {
      begun.accept("object store");
      EmbeddedStore embeddedStore = EmbeddedStore.start(DataDirectory.closed(data.resolve("s3")));
      shutdown.last("embedded object store", embeddedStore);
      begun.accept("Kafka");
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
        begun.accept(stage + "-worker");
        parts.startWorker(stage);
      }
      begun.accept("gateway");
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
   * @throws IOException before anything starts, if the gateway's port is taken
   */
  public static Pipeline start(PipelineConfig config, Path data) throws IOException {
    return start(config, data, false);
  }

  /** The same; {@code rebuild} computes what the API shows anew from the topics. */
  public static Pipeline start(PipelineConfig config, Path data, boolean rebuild)
      throws IOException {
    return start(config, data, rebuild, part -> {});
  }

  /** The same; {@code begun} hears of each part before it starts. */
  static Pipeline start(PipelineConfig config, Path data, boolean rebuild, Consumer<String> begun)
      throws IOException {
    config.gateway().check();
    requireFreePort(config.gateway());
    return new Pipeline(config, data, rebuild, begun);
  }

  /** The gateway is the last part to start: nobody should wait for all others to hear of this. */
  private static void requireFreePort(GatewayConfig gateway) throws IOException {
    try (ServerSocket taken = new ServerSocket()) {
      taken.setReuseAddress(true);
      taken.bind(new InetSocketAddress(gateway.host(), gateway.port()));
    } catch (BindException e) {
      throw new IOException(
          String.format(
              "port %s of %s: found %s, expected a free one; stop what listens there, or choose"
                  + " another (--port, gateway.port)",
              gateway.port(), gateway.host(), e.getMessage()),
          e);
    }
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
