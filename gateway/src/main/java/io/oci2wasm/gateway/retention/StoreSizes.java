package io.oci2wasm.gateway.retention;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much of each kind the object store has, as metrics: the bucket is listed now and then. */
public final class StoreSizes implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StoreSizes.class);
  private static final Duration FIRST = Duration.ofSeconds(10);
  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /** Thousands of objects are listed seldom: each thousand is a call. */
  private static final Duration PAUSE_FOR_THOUSAND = Duration.ofSeconds(3);

  private static final int THOUSAND = 1000;

  /** A look takes a tenth of the time at most, however slow the store is. */
  private static final int PAUSE_FOR_ONE = 10;

  private final Bucket bucket;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "store-sizes"));
  private volatile Map<String, Size> sizes = Map.of();

  private record Size(double objects, double bytes) {
    /** Before the first look, and while the store does not answer. */
    static final Size UNKNOWN = new Size(Double.NaN, Double.NaN);
  }

  StoreSizes(Bucket bucket, MeterRegistry metrics) {
    this.bucket = bucket;
    prefixes()
        .forEach(
            prefix -> {
              String kind = prefix.substring(0, prefix.indexOf('/'));
              Gauge.builder("oci2wasm.store.objects", () -> size(prefix).objects())
                  .description("Objects in the store, by the first part of their keys")
                  .tag("kind", kind)
                  .strongReference(true)
                  .register(metrics);
              Gauge.builder("oci2wasm.store", () -> size(prefix).bytes())
                  .description("Bytes in the store, by the first part of objects' keys")
                  .baseUnit("bytes")
                  .tag("kind", kind)
                  .strongReference(true)
                  .register(metrics);
            });
  }

  /** Looks soon, and then again and again: the more there is to look at, the more seldom. */
  public static StoreSizes start(Bucket bucket, MeterRegistry metrics) {
    StoreSizes sizes = new StoreSizes(bucket, metrics);
    sizes.lookAfter(FIRST);
    return sizes;
  }

  private void lookAfter(Duration pause) {
    var unused =
        thread.schedule(
            Threads.round("store-sizes", this::lookAndGoOn),
            pause.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void lookAndGoOn() {
    long begun = System.nanoTime();
    try {
      look();
    } finally {
      if (!thread.isShutdown()) {
        lookAfter(pauseAfter(Duration.ofNanos(System.nanoTime() - begun), objects()));
      }
    }
  }

  private long objects() {
    return (long) sizes.values().stream().mapToDouble(Size::objects).sum();
  }

  static Duration pauseAfter(Duration look, long objects) {
    Duration byTime = look.multipliedBy(PAUSE_FOR_ONE);
    Duration byNumber = PAUSE_FOR_THOUSAND.multipliedBy(objects / THOUSAND);
    Duration pause = Collections.max(List.of(byTime, byNumber, SHORTEST_PAUSE));
    return Collections.min(List.of(pause, LONGEST_PAUSE));
  }

  private static Stream<String> prefixes() {
    return Stream.concat(ObjectKeys.PREFIXES.stream(), Stream.of(ObjectKeys.snapshots()));
  }

  private Size size(String prefix) {
    return sizes.getOrDefault(prefix, Size.UNKNOWN);
  }

  void look() {
    Map<String, Size> found = new LinkedHashMap<>();
    try {
      for (String prefix : prefixes().toList()) {
        long[] sum = new long[2];
        bucket.visit(
            prefix,
            object -> {
              sum[0]++;
              sum[1] += object.size();
            });
        found.put(prefix, new Size(sum[0], sum[1]));
      }
      sizes = found;
    } catch (IOException e) {
      sizes = Map.of();
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("How much the store holds cannot be measured at the moment");
    }
  }

  @Override
  public void close() {
    Threads.stop(thread);
  }
}
