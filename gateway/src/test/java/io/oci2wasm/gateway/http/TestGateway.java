package io.oci2wasm.gateway.http;

import io.javalin.http.HandlerType;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.Connections;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.batch.Batches;
import io.oci2wasm.gateway.live.LiveUpdates;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.queue.SampleQueues;
import io.oci2wasm.gateway.retention.Collector;
import io.oci2wasm.gateway.retention.Deletions;
import io.oci2wasm.gateway.retention.GcRuns;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.gateway.retention.RetentionView;
import io.oci2wasm.gateway.retention.StoreBucket;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.conversion.RequestedImages;
import io.oci2wasm.gateway.state.projection.ChangedIds;
import io.oci2wasm.gateway.state.retention.StateGcRegister;
import io.oci2wasm.gateway.state.retention.StateImageFacts;
import io.oci2wasm.gateway.state.summary.SummaryReader;
import io.oci2wasm.gateway.subscriber.Deliveries;
import io.oci2wasm.gateway.worker.Workers;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A gateway that serves with an empty state; what it publishes is recorded. */
final class TestGateway implements AutoCloseable {
  /** What is excluded, and what is not. */
  static final ConversionRules RULES =
      new ConversionRules(
          Platform.WITH_ENGINE,
          List.of(
              new ConversionRule(null, new Glob("secret/**"), null, List.of(), false),
              new ConversionRule(
                  null, new Glob("team/*"), null, List.of(Platform.parse("linux/riscv64")), null)));

  private final TestState state = TestState.open();
  private final ObjectStore store = ObjectStore.open(StoreConfig.DEFAULT);
  private final RecordingPublisher publisher = new RecordingPublisher();
  private final Monitoring monitoring = new Monitoring();
  private final SampleQueues levels = new SampleQueues();
  private final QueueMonitor queues;
  private final Workers workers = new Workers(Clock.systemUTC());
  private final LiveUpdates live;
  private final GcRuns gcRuns;
  private final GatewayServer server;

  /** One whose API wants the token {@code token}, which it keeps in {@code directory}. */
  static TestGateway withToken(Path directory) throws IOException {
    return new TestGateway(
        ConfigFile.with(
            GatewayConfig.DEFAULT
                .onPort(0)
                .withApiToken(Files.writeString(directory.resolve("token"), "token")),
            "bodyLimit",
            new ByteSize(4096)));
  }

  /** Who it takes for its workers. */
  Workers workers() {
    return workers;
  }

  TestGateway(GatewayConfig config) throws IOException {
    gcRuns =
        new GcRuns(
            new Collector(
                RetentionConfig.DEFAULT,
                new StateImageFacts(state.database(), new Deletions(), () -> {}),
                new StoreBucket(store),
                publisher,
                monitoring.registry(),
                Clock.systemUTC()),
            new StateGcRegister(state.database()),
            Clock.systemUTC());
    queues = QueueMonitor.start(levels, monitoring.registry(), Clock.systemUTC());
    live =
        LiveUpdates.start(
            state.view(),
            new SummaryReader(state.database(), Clock.systemUTC()),
            new BatchReader(state.database(), Clock.systemUTC()),
            queues);
    try {
      server =
          GatewayServer.start(
              config,
              config.senders(RULES, Clock.systemUTC()),
              config.identities(Clock.systemUTC()),
              new Connections(store, publisher, monitoring, Clock.systemUTC()),
              new Services(
                  state.database(),
                  RULES,
                  gcRuns,
                  new RetentionView(
                      RetentionConfig.DEFAULT,
                      new StateGcRegister(state.database()),
                      Clock.systemUTC().instant()),
                  queues,
                  workers,
                  new Batches(
                      new BatchReader(state.database(), Clock.systemUTC()),
                      new BatchTransactions(state.database(), Clock.systemUTC()),
                      new RequestedImages(state.database()),
                      publisher,
                      Clock.systemUTC()),
                  new Deliveries(),
                  live));
    } catch (IOException e) {
      live.close();
      gcRuns.close();
      queues.close();
      store.close();
      state.close();
      throw e;
    }
  }

  int port() {
    return server.port();
  }

  int sitePort() {
    return server.sitePort();
  }

  /** What is served, e.g. {@code get /health/live}. */
  Set<String> routes() {
    return server.javalin.unsafe.internalRouter.allHttpHandlers().stream()
        .map(handler -> handler.endpoint)
        .filter(
            endpoint ->
                Set.of(HandlerType.GET, HandlerType.POST, HandlerType.DELETE)
                    .contains(endpoint.method))
        .map(endpoint -> endpoint.method.name().toLowerCase(Locale.ROOT) + " " + endpoint.path)
        .collect(Collectors.toSet());
  }

  /** What a call with a body of JSON answers. */
  HttpResponse<String> send(String method, String path, String body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
  }

  RecordingPublisher publisher() {
    return publisher;
  }

  TestState state() {
    return state;
  }

  /** Takes an event in, as if Kafka had it. */
  void accept(ReceivedEvent event) {
    state.accept(event);
    live.changed(new ChangedIds(Set.of(event.event().requestId()), Set.of()));
  }

  /** Takes events of one batch in, as if Kafka had them. */
  void accept(SampleBatch batch, TopicEvent... events) {
    state.acceptBatches(List.of(events));
    live.changed(new ChangedIds(Set.of(), Set.of(batch.id())));
  }

  /** Whether anybody is told what happens. */
  boolean isWatched() {
    return live.feed().isWatched();
  }

  /** Ends what runs for those who watch, as a shutdown does. */
  void stopTelling() {
    live.close();
  }

  Monitoring monitoring() {
    return monitoring;
  }

  @Override
  public void close() {
    live.close();
    server.close();
    gcRuns.close();
    queues.close();
    store.close();
    state.close();
  }
}
