package io.oci2wasm.gateway;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.batch.BatchPart;
import io.oci2wasm.gateway.batch.ScanConfig;
import io.oci2wasm.gateway.http.GatewayServer;
import io.oci2wasm.gateway.http.Services;
import io.oci2wasm.gateway.identity.oidc.Identities;
import io.oci2wasm.gateway.live.LiveUpdates;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.replay.NewerVersions;
import io.oci2wasm.gateway.replay.Replayer;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.projection.LetterRetry;
import io.oci2wasm.gateway.state.projection.LetterTransactions;
import io.oci2wasm.gateway.state.projection.Rebuilder;
import io.oci2wasm.gateway.state.projection.StateProjection;
import io.oci2wasm.gateway.state.projection.StatePruner;
import io.oci2wasm.gateway.state.projection.StateTopics;
import io.oci2wasm.gateway.state.snapshot.Snapshots;
import io.oci2wasm.gateway.state.summary.SummaryReader;
import io.oci2wasm.gateway.subscriber.Deliveries;
import io.oci2wasm.gateway.subscriber.Subscribers;
import io.oci2wasm.gateway.trim.StoredSnapshots;
import io.oci2wasm.gateway.trim.TopicTrimming;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.gateway.worker.Workers;
import io.oci2wasm.runtime.Shutdown;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.TopicFollower;
import io.oci2wasm.runtime.event.TopicHistory;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.work.QueueReader;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** Assembles and starts the gateway. */
public final class GatewayMain implements AutoCloseable {
  private final Shutdown shutdown;
  private final GatewayServer server;

  private GatewayMain(Shutdown shutdown, GatewayServer server) {
    this.shutdown = shutdown;
    this.server = server;
  }

  /**
   * Opens the database, starts reading the topics into it, and then serving.
   *
   * @param rebuild computes what the API shows anew, beside what it shows meanwhile
   * @throws IOException if Kafka or the database does not answer, or the port is taken
   */
  public static GatewayMain start(
      GatewayConfig config,
      ConversionRules conversion,
      RetentionConfig retentionConfig,
      ScanConfig scan,
      KafkaConfig kafka,
      Connections connections,
      boolean rebuild)
      throws IOException {
    config.check();
    RecordPublisher publisher = connections.publisher();
    Monitoring monitoring = connections.monitoring();
    Clock clock = connections.clock();
    Senders senders = config.senders(conversion, clock);
    Identities identities = config.identities(clock);
    Shutdown shutdown = new Shutdown();
    try {
      StateDatabase database = StateDatabase.open(config.database());
      shutdown.last("database", database);
      if (rebuild) {
        database.rebuild();
      }
      QueueMonitor queues =
          QueueMonitor.start(QueueReader.open(kafka, clock), monitoring.registry(), clock);
      shutdown.last("queues", queues);
      monitoring.living("queues", queues::alive);
      Workers workers = new Workers(clock);
      TopicFollower seen =
          TopicFollower.start(kafka, List.of(Topics.WORKER_SEEN), new MemorySink(workers::accept));
      shutdown.last("workers", seen);
      monitoring.living("workers", seen::alive);
      LiveUpdates live =
          LiveUpdates.start(
              new ConversionReader(database),
              new SummaryReader(database, clock),
              new BatchReader(database, clock),
              queues);
      shutdown.last("live updates", live);
      monitoring.living("live updates", live::alive);
      Snapshots snapshots = new Snapshots(new StoredSnapshots(connections.store()));
      TopicFollower follower =
          TopicFollower.start(
              kafka,
              StateTopics.ALL,
              new StateProjection(database, snapshots, live::changed, monitoring.registry()));
      shutdown.last("topics", follower);
      // Neither keeps webhooks away: what they say goes into Kafka, and is worked on later.
      monitoring.observe("topics", follower::checkCaughtUp);
      monitoring.living("topics", follower::alive);
      shutdown.last(
          "replay of newer versions' records",
          NewerVersions.start(
              new LetterRetry(database, live::changed),
              Replayer.ofRecords(new LetterTransactions(database), publisher, clock)));
      shutdown.last(
          "rebuild",
          Rebuilder.start(
              database,
              sink -> TopicFollower.start(kafka, StateTopics.ALL, sink)::close,
              snapshots,
              config.database().keep(),
              monitoring.registry(),
              clock));
      Duration keep = config.database().keep();
      if (keep != null) {
        shutdown.last("pruning", StatePruner.start(database, keep, clock));
      }
      Duration trimAfter = config.trim().after();
      if (trimAfter != null) {
        shutdown.last(
            "trimming",
            TopicTrimming.start(
                database,
                snapshots,
                TopicHistory.open(kafka),
                trimAfter,
                config.trim().every(),
                monitoring.registry(),
                clock));
      }
      RetentionPart retention =
          RetentionPart.start(retentionConfig, kafka, database, follower, connections);
      shutdown.last("retention", retention);
      BatchPart batches =
          BatchPart.start(
              scan, database, publisher, follower::checkCaughtUp, monitoring.registry(), clock);
      shutdown.last("batches", batches);
      Deliveries deliveries = new Deliveries();
      GatewayServer server =
          GatewayServer.start(
              config,
              senders,
              identities,
              connections,
              new Services(
                  database,
                  conversion,
                  retention.runs(),
                  retention.view(),
                  queues,
                  workers,
                  batches.batches(),
                  deliveries,
                  live));
      shutdown.last("HTTP server", server);
      shutdown.last(
          "subscribers",
          Subscribers.start(config.subscribers(), kafka, publisher, monitoring, deliveries, clock));
      return new GatewayMain(shutdown, server);
    } catch (IOException | RuntimeException e) {
      shutdown.close();
      throw e;
    }
  }

  /** The port that is served. */
  public int port() {
    return server.port();
  }

  /** Closes what was started, the last first. */
  @Override
  public void close() {
    shutdown.close();
  }
}
