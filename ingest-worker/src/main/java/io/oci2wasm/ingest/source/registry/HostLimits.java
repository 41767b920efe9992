package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.runtime.RateLimit;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.core5.http.HttpEntity;

/** Keeps what this process asks of one registry within its limits. Thread-safe. */
final class HostLimits {
  /** A request that is sent when the limits allow it. */
  @FunctionalInterface
  interface Call {
    HttpAnswer send() throws RejectedException, IOException;
  }

  private final Semaphore places;
  private final RateLimit requests;
  private final RateLimit bytes;
  private final Backoff.Sleeper sleeper;

  HostLimits(RegistryLimits limits, Backoff.Sleeper sleeper) {
    int concurrent = limits.concurrentRequests();
    places = new Semaphore(concurrent == 0 ? Integer.MAX_VALUE : concurrent, true);
    requests = new RateLimit(limits.requestsPerSecond(), 0, System.nanoTime());
    bytes = new RateLimit(limits.bytesPerSecond(), 0, System.nanoTime());
    this.sleeper = sleeper;
  }

  private void pass(RateLimit limit, long units) throws InterruptedIOException {
    Duration wait = limit.take(units, System.nanoTime());
    if (!wait.isZero()) {
      try {
        sleeper.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while keeping to a registry's limits");
      }
    }
  }

  /** What {@code call} brings; its place is free again when the answer's body is closed. */
  HttpAnswer send(Call call) throws RejectedException, IOException {
    try {
      places.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a place at the registry");
    }
    boolean answered = false;
    try {
      pass(requests, 1);
      HttpAnswer answer = call.send();
      answered = true;
      return answer.withBody(new PacedBody(answer.body()));
    } finally {
      if (!answered) {
        places.release();
      }
    }
  }

  /** {@code content}, sent no faster than the limits allow. */
  HttpEntity paced(HttpEntity content) {
    return new MeteredEntity(content, count -> pass(bytes, count));
  }

  private final class PacedBody extends FilterInputStream {
    private final AtomicBoolean released = new AtomicBoolean();

    PacedBody(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      pass(bytes, read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      pass(bytes, Math.max(count, 0));
      return count;
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        if (released.compareAndSet(false, true)) {
          places.release();
        }
      }
    }
  }
}
