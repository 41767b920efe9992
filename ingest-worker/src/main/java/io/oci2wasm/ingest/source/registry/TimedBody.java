package io.oci2wasm.ingest.source.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response body as a stream whose reads end in time: the time limit of {@link
 * java.net.http.HttpRequest} covers an answer only until its headers are there. At most one batch
 * of buffers is asked for ahead, so memory stays bounded.
 */
final class TimedBody extends InputStream implements BodySubscriber<InputStream> {
  /** What the HTTP client's threads hand over: buffers, or how the body ended. */
  private record Part(List<ByteBuffer> buffers, boolean last, @Nullable Throwable failure) {}

  private final Duration readTimeout;
  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private final CompletableFuture<Subscription> subscribed = new CompletableFuture<>();
  private final ArrayDeque<ByteBuffer> current = new ArrayDeque<>();
  private boolean ended;

  private TimedBody(Duration readTimeout) {
    this.readTimeout = readTimeout;
  }

  /** Bodies whose every read ends within {@code readTimeout}. */
  static BodyHandler<InputStream> handler(Duration readTimeout) {
    return response -> new TimedBody(readTimeout);
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    subscribed.complete(subscription);
    subscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    parts.add(new Part(buffers, false, null));
  }

  @Override
  public void onError(Throwable failure) {
    parts.add(new Part(List.of(), true, failure));
  }

  @Override
  public void onComplete() {
    parts.add(new Part(List.of(), true, null));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    ByteBuffer buffer = next();
    if (buffer == null) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(target, offset, count);
    return count;
  }

  private @Nullable ByteBuffer next() throws IOException {
    while (true) {
      ByteBuffer head = current.peek();
      if (head != null && head.hasRemaining()) {
        return head;
      }
      if (head != null) {
        current.remove();
      } else if (ended) {
        return null;
      } else {
        receive();
      }
    }
  }

  private void receive() throws IOException {
    Part part = poll();
    if (part == null) {
      close();
      throw new HttpTimeoutException("no byte for " + readTimeout.toSeconds() + " s");
    }
    current.addAll(part.buffers());
    if (!part.last()) {
      subscribed.join().request(1);
      return;
    }
    ended = true;
    if (part.failure() != null) {
      throw new IOException("the connection broke: " + part.failure().getMessage(), part.failure());
    }
  }

  private @Nullable Part poll() throws InterruptedIOException {
    try {
      return parts.poll(readTimeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading");
    }
  }

  @Override
  public void close() {
    ended = true;
    current.clear();
    Subscription subscription = subscribed.getNow(null);
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
