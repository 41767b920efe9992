package io.oci2wasm.gateway;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.gateway.http.BearerToken;
import io.oci2wasm.gateway.http.GatewayServer;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.gateway.view.StateDatabase;
import io.oci2wasm.gateway.view.StateProjection;
import io.oci2wasm.gateway.view.StatePruner;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.TopicFollower;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.QueueReader;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts the gateway together. */
public final class GatewayMain implements AutoCloseable {
  private final StateDatabase database;
  private final @Nullable StatePruner pruner;
  private final TopicFollower follower;
  private final RetentionPart retention;
  private final QueueMonitor queues;
  private final GatewayServer server;

  private GatewayMain(
      StateDatabase database,
      @Nullable StatePruner pruner,
      TopicFollower follower,
      RetentionPart retention,
      QueueMonitor queues,
      GatewayServer server) {
    this.database = database;
    this.pruner = pruner;
    this.follower = follower;
    this.retention = retention;
    this.queues = queues;
    this.server = server;
  }

  /**
   * Opens the database, starts reading the topics into it, and then serving.
   *
   * @param rebuild empties the database first
   * @throws IOException if Kafka or the database does not answer, or the port is taken
   */
  public static GatewayMain start(
      GatewayConfig config,
      RetentionConfig retentionConfig,
      KafkaConfig kafka,
      ObjectStore store,
      RecordPublisher publisher,
      Monitoring monitoring,
      boolean rebuild)
      throws IOException {
    config.check();
    Senders senders = config.senders(Clock.systemUTC());
    BearerToken apiToken = BearerToken.fromFile(config.apiTokenFile());
    StateDatabase database = StateDatabase.open(config.database());
    TopicFollower follower = null;
    RetentionPart retention = null;
    QueueMonitor queues = null;
    try {
      if (rebuild) {
        database.clear();
      }
      follower = TopicFollower.start(kafka, topics(), new StateProjection(database));
      monitoring.watch("topics", follower::checkCaughtUp);
      monitoring.watch("store", store::checkReachable);
      retention =
          RetentionPart.start(retentionConfig, kafka, database, follower, store, monitoring);
      queues =
          QueueMonitor.start(
              QueueReader.open(kafka, Clock.systemUTC()), monitoring.registry(), Clock.systemUTC());
      GatewayServer server =
          GatewayServer.start(
              config,
              senders,
              apiToken,
              database,
              store,
              publisher,
              retention.collector(),
              queues,
              monitoring);
      Duration keep = config.database().keep();
      StatePruner pruner =
          keep == null ? null : StatePruner.start(database, keep, Clock.systemUTC());
      return new GatewayMain(database, pruner, follower, retention, queues, server);
    } catch (IOException | RuntimeException e) {
      if (queues != null) {
        queues.close();
      }
      if (retention != null) {
        retention.close();
      }
      if (follower != null) {
        follower.close();
      }
      database.close();
      throw e;
    }
  }

  private static List<String> topics() {
    List<String> topics = new ArrayList<>(Topics.COMPLETION);
    topics.addAll(
        List.of(Topics.STAGE_STARTED, Topics.DEAD_LETTERED, Topics.REPLAYED, Topics.DROPPED));
    for (String type : Topics.WORK) {
      topics.add(Topics.retry(type));
      for (Lane lane : Lane.values()) {
        topics.add(Topics.work(type, lane));
      }
    }
    return topics;
  }

  /** The port that is served. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    queues.close();
    retention.close();
    if (pruner != null) {
      pruner.close();
    }
    follower.close();
    database.close();
  }
}
