package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.gateway.Connections;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.identity.oidc.Identities;
import io.oci2wasm.gateway.replay.Replayer;
import io.oci2wasm.gateway.state.audit.AuditLog;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.conversion.RequestReader;
import io.oci2wasm.gateway.state.database.ReadingProgress;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.Dismissals;
import io.oci2wasm.gateway.state.letter.LetterGroups;
import io.oci2wasm.gateway.state.letter.LetterReader;
import io.oci2wasm.gateway.state.projection.LetterTransactions;
import io.oci2wasm.gateway.state.summary.RegistryReader;
import io.oci2wasm.gateway.subscriber.SubscriberReplay;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.gateway.webhook.WebhookReceiver;
import io.oci2wasm.runtime.monitor.Health;
import io.oci2wasm.runtime.monitor.Monitoring;
import java.util.regex.Pattern;

/** What the gateway answers to, beside its pages, and what is checked before. */
final class GatewayRoutes {
  /** What cannot be answered without a complete state. */
  private static final Pattern OF_STATE =
      Pattern.compile(
          "/+api/+v1/+(conversions|requests|tags|registries|dead-letters|batches|events)(/.*)?");

  private final GatewayConfig config;
  private final Senders senders;
  private final Identities identities;
  private final Access access;
  private final Connections connections;
  private final Services services;
  private final Bodies bodies;
  private final WebhookReceiver receiver;
  private final KnownParameters parameters = KnownParameters.load();

  GatewayRoutes(
      GatewayConfig config,
      Senders senders,
      Identities identities,
      Connections connections,
      Services services,
      Bodies bodies) {
    this.config = config;
    this.senders = senders;
    this.identities = identities;
    this.access = new Access(identities.callers());
    this.connections = connections;
    this.services = services;
    this.bodies = bodies;
    this.receiver =
        new WebhookReceiver(
            senders,
            connections.publisher(),
            connections.monitoring().registry(),
            connections.clock());
  }

  void add(RoutesConfig routes, BrowserGuard guard) {
    checks(routes, guard);
    webhooks(routes);
    conversions(routes);
    deadLetters(routes);
    callers(routes);
    operations(routes);
    monitoring(routes);
  }

  private void checks(RoutesConfig routes, BrowserGuard guard) {
    routes.before(guard::check);
    routes.beforeMatched("/api/*", access::check);
    routes.beforeMatched("/api/*", parameters::check);
    routes.beforeMatched("/api/*", context -> requireComplete(services.state(), context));
    routes.beforeMatched(context -> requireSize(config.bodyLimit().bytes(), context));
  }

  private void webhooks(RoutesConfig routes) {
    WebhookResource webhooks = new WebhookResource(senders, receiver, bodies);
    routes.post("/webhooks/{sender}", webhooks::post);
    routes.post("/webhooks/{sender}/{secret}", webhooks::postWithSecret);
  }

  private void conversions(RoutesConfig routes) {
    new ConversionsResource(
            new ConversionReader(services.state()), connections.publisher(), connections.clock())
        .routes(routes, bodies);
    new ImagesResource(new RequestReader(services.state())).routes(routes);
    new BundlesResource(connections.store()).routes(routes);
    routes.get(
        "/api/v1/events/stream",
        new EventStreamResource(services.live(), access, connections.clock())::serve);
  }

  private void deadLetters(RoutesConfig routes) {
    new DeadLettersResource(
            new LetterReader(services.state()),
            new LetterGroups(services.state()),
            new Replayer(
                new LetterTransactions(services.state()),
                connections.publisher(),
                receiver::replay,
                new SubscriberReplay(config.subscribers(), connections.publisher())::replay,
                connections.clock()))
        .routes(routes, bodies);
    new DismissalsResource(new Dismissals(services.state(), connections.clock()))
        .routes(routes, bodies);
  }

  private void callers(RoutesConfig routes) {
    new SessionResource(access, identities).routes(routes, bodies);
    new SignOnResource(identities.provider()).routes(routes);
    new AuditResource(new AuditLog(services.state()), connections.clock()).routes(routes);
  }

  private void operations(RoutesConfig routes) {
    new GcResource(services.gcRuns(), services.retention()).routes(routes, bodies);
    new BatchesResource(services.batches(), connections.clock()).routes(routes, bodies);
    new RegistriesResource(
            new RegistryReader(services.state(), connections.clock()),
            services.batches(),
            services.workers())
        .routes(routes);
    new WorkersResource(services.workers()).routes(routes);
    new SubscribersResource(config.subscribers(), services.deliveries()).routes(routes);
    new RulesResource(services.rules()).routes(routes);
    routes.get("/api/v1/queues", new QueuesResource(services.queues())::get);
    routes.get("/api/v1/openapi.yaml", OpenApiResource::get);
  }

  private void monitoring(RoutesConfig routes) {
    Monitoring monitoring = connections.monitoring();
    routes.get(
        "/metrics",
        context -> context.contentType(Monitoring.CONTENT_TYPE).result(monitoring.scrape()));
    routes.get("/health/live", context -> health(context, monitoring.liveness()));
    routes.get("/health/ready", context -> health(context, monitoring.readiness()));
  }

  /** A state that is not complete would look as if things were lost. */
  private static void requireComplete(StateDatabase state, Context context) {
    ReadingProgress progress = state.filling();
    if (progress != null && OF_STATE.matcher(context.path()).matches()) {
      context.header("Retry-After", "5");
      throw new ProblemException(
          HttpStatus.SERVICE_UNAVAILABLE,
          String.format(
              "%s: the state is being computed from Kafka's topics, %s are read; webhooks are"
                  + " accepted meanwhile, try again later",
              context.path(), progress));
    }
  }

  /** Refuses what is announced as too large before it is read; Javalin counts what is not. */
  private static void requireSize(long limit, Context context) {
    String length = context.header("Content-Length");
    if (length != null && length.matches("[0-9]{1,18}") && Long.parseLong(length) > limit) {
      throw new ProblemException(
          HttpStatus.CONTENT_TOO_LARGE,
          GatewayServer.path(context)
              + ": found a body of "
              + length
              + " bytes, expected at most "
              + limit);
    }
  }

  private static void health(Context context, Health health) {
    context
        .status(health.isUp() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .contentType("application/json")
        .result(Problem.json(health));
  }
}
