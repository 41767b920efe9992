package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.oci2wasm.gateway.subscriber.Deliveries;
import io.oci2wasm.gateway.subscriber.SubscriberConfig;
import java.net.URI;
import java.util.List;

/** {@code GET /api/v1/subscribers}: who is told of outcomes, and how that goes. */
final class SubscribersResource {
  private final List<SubscriberConfig> configs;
  private final Deliveries deliveries;

  SubscribersResource(List<SubscriberConfig> configs, Deliveries deliveries) {
    this.configs = List.copyOf(configs);
    this.deliveries = deliveries;
  }

  void routes(RoutesConfig routes) {
    routes.get("/api/v1/subscribers", this::list);
  }

  /**
   * A subscriber.
   *
   * @param address of its URL, without the path, which may be a secret
   */
  record Subscriber(
      String name,
      String address,
      List<SubscriberConfig.Kind> events,
      long timeoutMs,
      long retryForMs,
      @JsonUnwrapped Deliveries.Told told) {}

  /** All of them. */
  record Subscribers(List<Subscriber> items) {}

  private void list(Context context) {
    Queries.answer(context, new Subscribers(configs.stream().map(this::shown).toList()));
  }

  private Subscriber shown(SubscriberConfig config) {
    URI url = config.url();
    return new Subscriber(
        config.name(),
        url.getScheme() + "://" + url.getAuthority(),
        config.kinds(),
        config.timeLimit().toMillis(),
        config.retryTime().toMillis(),
        deliveries.of(config.name()));
  }
}
