package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.oci2wasm.gateway.BodiesConfig;
import io.oci2wasm.runtime.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Receives the bodies of requests: as many at a time as memory allows, and none for longer than its
 * time limit. Possible strangers have memory of their own, so they block nobody else.
 */
final class Bodies implements AutoCloseable {
  private static final String BODY = "oci2wasm.body";

  /** Bytes of a body that are kept longer than the body. */
  private static final int NOTED = 8192;

  private static final Duration LOOK = Duration.ofMillis(500);

  /** Requests whose body is there, and which wait for Kafka or the database. */
  private static final int AT_WORK = 128;

  private final BodiesConfig config;
  private final long limit;
  private final Executor threads;
  private final Memory admitted;
  private final Memory strangers;
  private final Overload work = new Overload(AT_WORK, "requests with a body");
  private final Set<BodyReading> readings = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "bodies");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Takes bodies.
   *
   * @param limit bytes that one may have
   * @param threads answer those that are too slow
   */
  Bodies(BodiesConfig config, long limit, Executor threads) {
    this.config = config;
    this.limit = limit;
    this.threads = threads;
    long memory = config.memoryOf(Runtime.getRuntime().maxMemory());
    this.admitted = new Memory(memory / 2);
    this.strangers = new Memory(memory / 2);
    var unused =
        clock.scheduleWithFixedDelay(
            Threads.round("bodies", this::expire),
            LOOK.toMillis(),
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** What is done with a body. */
  @FunctionalInterface
  interface Use {
    void with(Context context, byte[] body) throws IOException;
  }

  /** Answers with {@code use} once the body of a caller is there who has shown who it is. */
  Handler of(Use use) {
    return context ->
        read(
            context,
            true,
            (received, body) -> {
              received.attribute(BODY, Arrays.copyOf(body, Math.min(body.length, NOTED)));
              use.with(received, body);
            });
  }

  /** The first bytes of what {@link #of} received in this request; null without. */
  static byte @Nullable [] of(Context context) {
    return context.attribute(BODY);
  }

  /** The same where anybody may call: what they send is noted nowhere. */
  Handler ofStranger(Use use) {
    return context -> read(context, false, use);
  }

  /**
   * Answers with {@code use} once the body is there.
   *
   * @param known whether the sender has shown who it is
   */
  void read(Context context, boolean known, Use use) {
    context.future(
        () -> {
          BodyReading reading = reading(context, known ? admitted : strangers);
          readings.add(reading);
          reading.begin();
          return reading
              .whole()
              .thenAccept(body -> work(context, body, use))
              .whenComplete(
                  (done, failure) -> {
                    readings.remove(reading);
                    reading.release();
                  });
        });
  }

  private BodyReading reading(Context context, Memory memory) {
    try {
      return new BodyReading(
          GatewayServer.path(context),
          context.req().getInputStream(),
          context.req().getContentLengthLong(),
          config,
          limit,
          memory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void work(Context context, byte[] body, Use use) {
    if (!work.begin()) {
      throw work.refusal();
    }
    try {
      use.with(context, body);
    } catch (IOException e) {
      throw new CompletionException(e);
    } finally {
      work.end();
    }
  }

  private void expire() {
    long now = System.nanoTime();
    readings.removeIf(
        reading -> {
          boolean late = reading.isTooSlow(now);
          if (late) {
            threads.execute(reading::expire);
          }
          return late;
        });
  }

  @Override
  public void close() {
    Threads.stop(clock);
  }
}
