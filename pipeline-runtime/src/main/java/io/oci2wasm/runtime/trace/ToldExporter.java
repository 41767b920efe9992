package io.oci2wasm.runtime.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells in our log, now and then, that a collector does not take what is sent. */
final class ToldExporter implements SpanExporter {
  private static final Logger LOGGER = LoggerFactory.getLogger(ToldExporter.class);
  private static final long REST_NANOS = Duration.ofMinutes(1).toNanos();

  private final SpanExporter exporter;
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong told = new AtomicLong(System.nanoTime() - REST_NANOS);

  ToldExporter(SpanExporter exporter) {
    this.exporter = exporter;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    return result.whenComplete(
        () -> {
          if (!result.isSuccess()) {
            tell(spans.size());
          }
        });
  }

  private void tell(int spans) {
    lost.addAndGet(spans);
    long last = told.get();
    long now = System.nanoTime();
    if (now - last >= REST_NANOS && told.compareAndSet(last, now)) {
      LOGGER
          .atWarn()
          .addKeyValue("spans", lost.getAndSet(0))
          .log("A collector did not take traces; they are lost");
    }
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
