package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.runtime.RateLimit;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
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

  private final RegistryLimits limits;
  private final int most;
  private final Semaphore places;
  private final RateLimit requests;
  private final RateLimit bytes;
  private final Backoff.Sleeper sleeper;
  private Instant waitUntil = Instant.MIN;

  HostLimits(RegistryLimits limits, Backoff.Sleeper sleeper) {
    this.limits = limits;
    int concurrent = limits.concurrentRequests();
    most = concurrent == 0 ? Integer.MAX_VALUE : concurrent;
    places = new Semaphore(most, true);
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

  /** The registry asked to be left alone until then. */
  synchronized void askedToWait(Instant until) {
    if (until.isAfter(waitUntil)) {
      waitUntil = until;
    }
  }

  /** The limits, and what is asked of the registry now. */
  synchronized WorkerSeen.Registry seen(String host, Instant now) {
    return new WorkerSeen.Registry(
        host,
        limits.concurrentRequests(),
        limits.requestsPerSecond(),
        limits.bytesPerSecond(),
        limits.leastBytesPerSecond(),
        most - places.availablePermits(),
        places.getQueueLength(),
        waitUntil.isAfter(now) ? waitUntil : null);
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
