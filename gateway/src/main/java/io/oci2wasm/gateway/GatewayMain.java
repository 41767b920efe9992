package io.oci2wasm.gateway;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.batch.BatchPart;
import io.oci2wasm.gateway.batch.ScanConfig;
import io.oci2wasm.gateway.http.BearerToken;
import io.oci2wasm.gateway.http.GatewayServer;
import io.oci2wasm.gateway.live.LiveUpdates;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.replay.NewerVersions;
import io.oci2wasm.gateway.replay.Replayer;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.gateway.subscriber.Subscribers;
import io.oci2wasm.gateway.view.BatchView;
import io.oci2wasm.gateway.view.ConversionView;
import io.oci2wasm.gateway.view.LetterTransactions;
import io.oci2wasm.gateway.view.Rebuilder;
import io.oci2wasm.gateway.view.SetAsideRecords;
import io.oci2wasm.gateway.view.StateDatabase;
import io.oci2wasm.gateway.view.StateProjection;
import io.oci2wasm.gateway.view.StatePruner;
import io.oci2wasm.gateway.view.SummaryView;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Puts the gateway together. */
public final class GatewayMain implements AutoCloseable {
  private final Deque<Runnable> closing;
  private final GatewayServer server;

  private GatewayMain(Deque<Runnable> closing, GatewayServer server) {
    this.closing = closing;
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
      ObjectStore store,
      RecordPublisher publisher,
      Monitoring monitoring,
      boolean rebuild)
      throws IOException {
    config.check();
    Clock clock = Clock.systemUTC();
    Senders senders = config.senders(conversion, clock);
    BearerToken apiToken = BearerToken.fromFile(config.apiTokenFile());
    Deque<Runnable> closing = new ArrayDeque<>();
    try {
      StateDatabase database = StateDatabase.open(config.database());
      closing.push(database::close);
      if (rebuild) {
        database.rebuild();
      }
      QueueMonitor queues =
          QueueMonitor.start(QueueReader.open(kafka, clock), monitoring.registry(), clock);
      closing.push(queues::close);
      monitoring.living("queues", queues::alive);
      LiveUpdates live =
          LiveUpdates.start(
              new ConversionView(database),
              new SummaryView(database, clock),
              new BatchView(database, clock),
              queues);
      closing.push(live::close);
      monitoring.living("live updates", live::alive);
      TopicFollower follower =
          TopicFollower.start(
              kafka, topics(), new StateProjection(database, live::changed, monitoring.registry()));
      closing.push(follower::close);
      // Neither keeps webhooks away: what they say goes into Kafka, and is worked on later.
      monitoring.observe("topics", follower::checkCaughtUp);
      monitoring.living("topics", follower::alive);
      closing.push(
          NewerVersions.start(
                  new SetAsideRecords(database, live::changed),
                  Replayer.ofRecords(new LetterTransactions(database), publisher, clock))
              ::close);
      closing.push(
          Rebuilder.start(
                  database,
                  sink -> TopicFollower.start(kafka, topics(), sink)::close,
                  config.database().keep(),
                  monitoring.registry(),
                  clock)
              ::close);
      Duration keep = config.database().keep();
      if (keep != null) {
        closing.push(StatePruner.start(database, keep, clock)::close);
      }
      RetentionPart retention =
          RetentionPart.start(
              retentionConfig, kafka, database, follower, store, publisher, monitoring);
      closing.push(retention::close);
      BatchPart batches =
          BatchPart.start(
              scan, database, publisher, follower::checkCaughtUp, monitoring.registry(), clock);
      closing.push(batches::close);
      GatewayServer server =
          GatewayServer.start(
              config,
              senders,
              apiToken,
              database,
              store,
              publisher,
              retention.runs(),
              queues,
              batches.batches(),
              live,
              monitoring);
      closing.push(server::close);
      closing.push(
          Subscribers.start(config.subscribers(), kafka, publisher, monitoring, clock)::close);
      return new GatewayMain(closing, server);
    } catch (IOException | RuntimeException e) {
      closing.forEach(Runnable::run);
      throw e;
    }
  }

  private static List<String> topics() {
    List<String> topics = new ArrayList<>(Topics.COMPLETION);
    topics.addAll(Topics.BATCH);
    topics.addAll(
        List.of(
            Topics.STAGE_STARTED,
            Topics.DEAD_LETTERED,
            Topics.REPLAYED,
            Topics.RESENT,
            Topics.DROPPED,
            Topics.IMAGE_DELETED,
            Topics.BUNDLE_REMOVED));
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

  /** Closes what was started, the last first. */
  @Override
  public void close() {
    closing.forEach(Runnable::run);
  }
}
