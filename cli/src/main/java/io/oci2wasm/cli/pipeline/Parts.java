package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.buildworker.BuildMain;
import io.oci2wasm.buildworker.Scratch;
import io.oci2wasm.cli.run.TrainingProcess;
import io.oci2wasm.gateway.Connections;
import io.oci2wasm.gateway.GatewayMain;
import io.oci2wasm.ingest.IngestMain;
import io.oci2wasm.resolve.ResolveMain;
import io.oci2wasm.runtime.Shutdown;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaHealth;
import io.oci2wasm.runtime.event.TopicAdmin;
import io.oci2wasm.runtime.monitor.MonitorServer;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.LaneGate;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Suspects;
import io.oci2wasm.runtime.work.Worker;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Starts parts of the pipeline in this process, and stops them in the opposite order. */
final class Parts implements AutoCloseable {
  private final PipelineConfig config;
  private final Monitoring monitoring = new Monitoring();
  private final Shutdown shutdown = new Shutdown();
  private final LaneGate gate = new LaneGate();
  private final Suspects suspects = new Suspects();
  private final List<Worker> workers = new ArrayList<>();
  private final ObjectStore store;

  private Parts(PipelineConfig config) {
    this.config = config;
    this.store = ObjectStore.open(config.store());
    shutdown.last("object store", store);
    KafkaHealth kafka = KafkaHealth.open(config.kafka());
    shutdown.last("connection for Kafka's health", kafka);
    monitoring.watch(
        "kafka", () -> kafka.checkWritable(Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH)));
    monitoring.observe("store", store::checkReachable);
  }

  /** Makes Kafka and the bucket ready; no part runs yet. */
  static Parts prepare(PipelineConfig config) throws IOException {
    Parts parts = new Parts(config);
    try {
      parts.store.ensureBucket();
      TopicAdmin.prepare(config.kafka());
      return parts;
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  /** Starts the gateway; {@code rebuild} computes what it shows anew. */
  GatewayMain startGateway(boolean rebuild) throws IOException {
    EventProducer producer = producer("gateway");
    GatewayMain gateway =
        GatewayMain.start(
            config.gateway(),
            config.conversion(),
            config.retention(),
            config.scan(),
            config.kafka(),
            new Connections(store, producer, monitoring, Clock.systemUTC()),
            rebuild);
    shutdown.last("gateway", gateway);
    return gateway;
  }

  void startWorker(Stage stage) throws IOException {
    Worker worker = worker(stage);
    workers.add(worker);
    shutdown.last(stage + "-worker", worker);
    monitoring.watch(
        stage + "-worker",
        () -> {
          if (!worker.alive()) {
            throw new IllegalStateException("its slots take no work; look into the log");
          }
        });
    monitoring.living(stage + "-worker", worker::alive);
  }

  private Worker worker(Stage stage) throws IOException {
    return switch (stage) {
      case INGEST ->
          IngestMain.start(
              config.registries(),
              config.delivery(),
              config.conversion(),
              store,
              wiring(stage, config.ingest().work()));
      case RESOLVE ->
          ResolveMain.start(config.conversion(), store, wiring(stage, config.resolve().work()));
      case BUILD ->
          BuildMain.start(
              config.build(),
              config.translate(),
              config.bundles(),
              new BuildMain.ScratchOfStages(openScratch(), openScratch()),
              TrainingProcess.class.getName(),
              store,
              wiring(stage, config.build().work()));
      case GATEWAY, TRANSLATE, DELIVER, NOTIFY ->
          throw new IllegalArgumentException(stage + " has no process of its own as a worker");
    };
  }

  private Scratch openScratch() throws IOException {
    Scratch scratch = Scratch.open(config.build());
    shutdown.last("scratch directory", scratch);
    return scratch;
  }

  private ShareWorker.Wiring wiring(Stage stage, WorkerConfig work) {
    return new ShareWorker.Wiring(
        config.kafka(),
        work,
        producer(stage + "-worker"),
        monitoring.registry(),
        gate,
        suspects,
        Clock.systemUTC());
  }

  private EventProducer producer(String part) {
    EventProducer producer = EventProducer.open(config.kafka(), part, Clock.systemUTC());
    shutdown.last("producer of " + part, producer);
    return producer;
  }

  /** Serves metrics and health of a process without gateway. */
  MonitorServer startMonitor() throws IOException {
    MonitorServer monitor =
        MonitorServer.start(config.monitor().host(), config.monitor().port(), monitoring);
    shutdown.last("monitor", monitor);
    return monitor;
  }

  @Override
  public void close() {
    workers.forEach(Worker::stopTaking);
    shutdown.close();
  }
}
