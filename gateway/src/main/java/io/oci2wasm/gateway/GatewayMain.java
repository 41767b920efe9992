package io.oci2wasm.gateway;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.gateway.http.BearerToken;
import io.oci2wasm.gateway.http.GatewayServer;
import io.oci2wasm.gateway.view.ConversionView;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.runtime.event.EventPublisher;
import io.oci2wasm.runtime.event.EventReader;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Puts the gateway together. */
public final class GatewayMain implements AutoCloseable {
  private final EventReader reader;
  private final GatewayServer server;

  private GatewayMain(EventReader reader, GatewayServer server) {
    this.reader = reader;
    this.server = server;
  }

  /**
   * Starts reading the topics, and then serving.
   *
   * @throws IOException if the port is taken
   */
  public static GatewayMain start(
      GatewayConfig config,
      KafkaConfig kafka,
      ObjectStore store,
      EventPublisher publisher,
      Monitoring monitoring)
      throws IOException {
    config.check();
    Senders senders = config.senders(Clock.systemUTC());
    BearerToken apiToken = BearerToken.fromFile(config.apiTokenFile());
    ConversionView view = new ConversionView(config.history());
    EventReader reader = EventReader.start(kafka, topics(), config.history(), view::accept);
    monitoring.watch("topics", () -> requireCaughtUp(reader));
    monitoring.watch("store", store::checkReachable);
    try {
      GatewayServer server =
          GatewayServer.start(config, senders, apiToken, view, store, publisher, monitoring);
      return new GatewayMain(reader, server);
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private static List<String> topics() {
    List<String> topics = new ArrayList<>(Topics.COMPLETION);
    topics.add(Topics.STAGE_STARTED);
    for (String type : Topics.WORK) {
      for (Lane lane : Lane.values()) {
        topics.add(Topics.work(type, lane));
      }
    }
    return topics;
  }

  private static void requireCaughtUp(EventReader reader) {
    if (!reader.caughtUp()) {
      throw new IllegalStateException("the topics' past is still being read, or Kafka is away");
    }
  }

  /** The port that is served. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    reader.close();
  }
}
