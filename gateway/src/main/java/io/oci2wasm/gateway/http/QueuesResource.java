package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.queue.QueueMonitor;

/** {@code GET /api/v1/queues}: how much work waits. */
final class QueuesResource {
  private final QueueMonitor queues;

  QueuesResource(QueueMonitor queues) {
    this.queues = queues;
  }

  void get(Context context) throws UnavailableException {
    Queries.answer(
        context,
        queues
            .latest()
            .orElseThrow(() -> new UnavailableException("queues: Kafka has not answered", null)));
  }
}
