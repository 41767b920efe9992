package io.oci2wasm.runtime.trace;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A step of a request's way: a span. What this thread publishes until the end belongs to it. Where
 * nobody traces it only hands its parent on.
 */
public final class Step implements AutoCloseable {
  /** The extension of CloudEvents ("Distributed Tracing"), and W3C's header. */
  public static final String PARENT = "traceparent";

  private static final String TRACER = "io.oci2wasm";
  private static final String PREFIX = "oci2wasm.";

  private final Span span;
  private final Scope scope;

  @SuppressWarnings("MustBeClosedChecker") // close() ends it
  private Step(Span span) {
    this.span = span;
    this.scope = span.makeCurrent();
  }

  /**
   * Begins a step that answers a caller, or that an event caused.
   *
   * @param kind {@code SERVER} or {@code CONSUMER}
   * @param parent the step before as W3C's Trace Context writes it; what cannot be read is none
   */
  public static Step begin(String name, SpanKind kind, @Nullable String parent) {
    return new Step(
        GlobalOpenTelemetry.get()
            .getTracer(TRACER)
            .spanBuilder(name)
            .setSpanKind(kind)
            .setParent(context(parent))
            .startSpan());
  }

  /** The step that this thread is in, in the same form; empty if in none that anybody traces. */
  public static Optional<String> current() {
    Map<String, String> written = new HashMap<>();
    W3CTraceContextPropagator.getInstance().inject(Context.current(), written, Map::put);
    return Optional.ofNullable(written.get(PARENT));
  }

  /** Notes a thing about the step; {@code name} gets the prefix {@code oci2wasm.}. */
  public Step note(String name, Object value) {
    span.setAttribute(PREFIX + name, value.toString());
    return this;
  }

  /** The step did not do what it was for. */
  public void failed(String why) {
    span.setStatus(StatusCode.ERROR, why);
  }

  @Override
  public void close() {
    scope.close();
    span.end();
  }

  private static Context context(@Nullable String parent) {
    return parent == null
        ? Context.root()
        : W3CTraceContextPropagator.getInstance()
            .extract(Context.root(), parent, OneHeader.INSTANCE);
  }

  private enum OneHeader implements TextMapGetter<String> {
    INSTANCE;

    @Override
    public @Nullable String get(@Nullable String parent, String key) {
      return key.equals(PARENT) ? parent : null;
    }
  }
}
