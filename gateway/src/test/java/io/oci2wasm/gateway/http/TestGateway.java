package io.oci2wasm.gateway.http;

import io.javalin.http.HandlerType;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.batch.Batches;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.queue.SampleQueues;
import io.oci2wasm.gateway.retention.Collector;
import io.oci2wasm.gateway.retention.Deletions;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.gateway.view.AskedImages;
import io.oci2wasm.gateway.view.BatchTransactions;
import io.oci2wasm.gateway.view.BatchView;
import io.oci2wasm.gateway.view.StateImageFacts;
import io.oci2wasm.gateway.view.TestState;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.IOException;
import java.time.Clock;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A gateway that serves with an empty state; what it publishes is recorded. */
final class TestGateway implements AutoCloseable {
  private final TestState state = TestState.open();
  private final ObjectStore store = ObjectStore.open(StoreConfig.DEFAULT);
  private final RecordingPublisher publisher = new RecordingPublisher();
  private final Monitoring monitoring = new Monitoring();
  private final QueueMonitor queues;
  private final GatewayServer server;

  TestGateway(GatewayConfig config) throws IOException {
    queues = QueueMonitor.start(new SampleQueues(), monitoring.registry(), Clock.systemUTC());
    try {
      server =
          GatewayServer.start(
              config,
              config.senders(Clock.systemUTC()),
              BearerToken.fromFile(config.apiTokenFile()),
              state.database(),
              store,
              publisher,
              new Collector(
                  RetentionConfig.DEFAULT,
                  new StateImageFacts(state.database(), new Deletions(), () -> {}),
                  store,
                  monitoring.registry(),
                  Clock.systemUTC()),
              queues,
              new Batches(
                  new BatchView(state.database(), Clock.systemUTC()),
                  new BatchTransactions(state.database(), Clock.systemUTC()),
                  new AskedImages(state.database()),
                  publisher,
                  Clock.systemUTC()),
              monitoring);
    } catch (IOException e) {
      queues.close();
      store.close();
      state.close();
      throw e;
    }
  }

  int port() {
    return server.port();
  }

  /** What is served, e.g. {@code get /health/live}. */
  Set<String> routes() {
    return server.javalin.unsafe.internalRouter.allHttpHandlers().stream()
        .map(handler -> handler.endpoint)
        .filter(endpoint -> Set.of(HandlerType.GET, HandlerType.POST).contains(endpoint.method))
        .map(endpoint -> endpoint.method.name().toLowerCase(Locale.ROOT) + " " + endpoint.path)
        .collect(Collectors.toSet());
  }

  RecordingPublisher publisher() {
    return publisher;
  }

  TestState state() {
    return state;
  }

  Monitoring monitoring() {
    return monitoring;
  }

  @Override
  public void close() {
    server.close();
    queues.close();
    store.close();
    state.close();
  }
}
