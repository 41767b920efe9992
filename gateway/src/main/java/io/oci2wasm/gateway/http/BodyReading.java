package io.oci2wasm.gateway.http;

import io.javalin.http.HttpStatus;
import io.oci2wasm.gateway.BodiesConfig;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** One body in transit. It takes memory as bytes arrive, and no thread while none do. */
final class BodyReading implements ReadListener {
  /** Connections begin slowly, and small bodies are there at once. */
  private static final Duration HEAD_START = Duration.ofSeconds(5);

  private static final int CHUNK = 8192;

  private final String path;
  private final ServletInputStream in;
  private final long announced;
  private final BodiesConfig config;
  private final long limit;
  private final Memory memory;
  private final long begun = System.nanoTime();
  private final List<byte[]> chunks = new ArrayList<>();
  private final AtomicLong received = new AtomicLong();
  private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
  private long taken;

  /**
   * A body of which nothing is read yet.
   *
   * @param announced its size, or a negative number where the head says none
   */
  BodyReading(
      String path,
      ServletInputStream in,
      long announced,
      BodiesConfig config,
      long limit,
      Memory memory) {
    this.path = path;
    this.in = in;
    this.announced = announced;
    this.config = config;
    this.limit = limit;
    this.memory = memory;
  }

  /** The body, or a {@link ProblemException} that says why there is none. */
  CompletableFuture<byte[]> whole() {
    return whole;
  }

  void begin() {
    in.setReadListener(this);
  }

  @Override
  public void onDataAvailable() throws IOException {
    byte[] buffer = new byte[CHUNK];
    while (!whole.isDone() && in.isReady()) {
      int count = in.read(buffer);
      if (count < 0) {
        return;
      }
      keep(buffer, count);
    }
  }

  private void keep(byte[] buffer, int count) {
    int at = 0;
    while (at < count && !whole.isDone()) {
      int room = room();
      if (room > 0) {
        int part = Math.min(room, count - at);
        byte[] last = chunks.get(chunks.size() - 1);
        System.arraycopy(buffer, at, last, (int) (received.get() % CHUNK), part);
        at += part;
        received.addAndGet(part);
      }
    }
    if (received.get() > limit) {
      fail(
          HttpStatus.CONTENT_TOO_LARGE,
          "found a body of more than " + limit + " bytes, expected at most so many");
    }
  }

  /** Bytes that fit into the last chunk; 0 once there is no memory for another. */
  private int room() {
    int used = (int) (received.get() % CHUNK);
    if (used > 0 || (received.get() == 0 && !chunks.isEmpty())) {
      return CHUNK - used;
    }
    if (!memory.take(CHUNK)) {
      fail(HttpStatus.SERVICE_UNAVAILABLE, Overload.MEMORY);
      return 0;
    }
    taken += CHUNK;
    chunks.add(new byte[CHUNK]);
    return CHUNK;
  }

  /** A server that stops ends bodies as if they were whole. */
  @Override
  public void onAllDataRead() {
    if (received.get() < announced) {
      failEarlyEnd();
      return;
    }
    int size = (int) received.get();
    byte[] body = new byte[size];
    for (int i = 0; i < chunks.size(); i++) {
      System.arraycopy(chunks.get(i), 0, body, i * CHUNK, Math.min(CHUNK, size - i * CHUNK));
    }
    chunks.clear();
    whole.complete(body);
  }

  @Override
  public void onError(Throwable failure) {
    failEarlyEnd();
  }

  private void failEarlyEnd() {
    fail(HttpStatus.BAD_REQUEST, "found a body that ends too early, expected all of it");
  }

  /** Whether it is too slow by now. */
  boolean isTooSlow(long now) {
    long elapsed = now - begun;
    long late = elapsed - HEAD_START.toNanos();
    double expected = late / 1e9 * config.leastRate().bytes();
    return elapsed > config.timeout().toNanos() || (late > 0 && received.get() < expected);
  }

  /** Ends it, as too slow. */
  void expire() {
    fail(
        HttpStatus.REQUEST_TIMEOUT,
        String.format(
            "found %s bytes of the body after %s s, expected all of it within %s s and at"
                + " least %s a second",
            received.get(),
            Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
            config.timeout().toSeconds(),
            config.leastRate()));
  }

  private void fail(HttpStatus status, String why) {
    whole.completeExceptionally(new ProblemException(status, path + ": " + why));
  }

  /** Gives the memory back; nothing may use the body any more. */
  void release() {
    memory.give(taken);
    taken = 0;
  }
}
