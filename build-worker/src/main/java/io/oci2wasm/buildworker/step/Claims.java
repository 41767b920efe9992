package io.oci2wasm.buildworker.step;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.DeferredInterrupt;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other workers what this one is converting, so that two pushes of one image do not convert
 * it twice. Only that: a claim that was not seen, or outlives its worker by its short life, costs
 * work or time, never a bundle.
 */
public final class Claims {
  private static final Logger LOGGER = LoggerFactory.getLogger(Claims.class);
  private static final int MAX_BYTES = 1024;

  private final ObjectStore store;
  private final Duration life;
  private final ScheduledExecutorService timer;
  private final Clock clock;
  private final String owner = UUID.randomUUID().toString();

  /**
   * Claims of one process.
   *
   * @param life of a claim that is not renewed
   */
  public Claims(ObjectStore store, Duration life, ScheduledExecutorService timer, Clock clock) {
    this.store = store;
    this.life = life;
    this.timer = timer;
    this.clock = clock;
  }

  private record Content(String owner, Instant until) {}

  /** Held until released. */
  final class Claim {
    private final String key;
    private final Future<?> renewal;
    private boolean released;
    private boolean removed;

    private Claim(String key) {
      this.key = key;
      long third = life.toMillis() / 3;
      this.renewal = timer.scheduleWithFixedDelay(this::renew, third, third, TimeUnit.MILLISECONDS);
    }

    /**
     * A renewal that is under way ends first: written after the removal, its object would stay. A
     * second call does nothing, unless the first has failed.
     */
    synchronized void release() {
      released = true;
      renewal.cancel(false);
      if (removed) {
        return;
      }
      try {
        DeferredInterrupt.during(() -> store.inventory().delete(key));
        removed = true;
      } catch (UnavailableException e) {
        warn(key, e);
      }
    }

    private synchronized void renew() {
      if (!released) {
        try {
          store.put(key, content());
        } catch (IOException e) {
          warn(key, e);
        }
      }
    }
  }

  /** Claims a conversion; empty if another process has it. */
  Optional<Claim> take(String conversionId) throws IOException {
    String key = ObjectKeys.claim(conversionId);
    // Mostly nobody else has it.
    if (store.writesConditionally() && store.create(key, content())) {
      return Optional.of(new Claim(key));
    }
    Optional<byte[]> found = store.bytes(key, MAX_BYTES);
    if (found.isEmpty()) {
      return store.create(key, content()) ? Optional.of(new Claim(key)) : Optional.empty();
    }
    if (isAnothers(found.get())) {
      return Optional.empty();
    }
    store.put(key, content());
    return Optional.of(new Claim(key));
  }

  /** One that ends later than any could is no claim: its clock is wrong. */
  private boolean isAnothers(byte[] json) throws IOException {
    try {
      Content content = Json.MAPPER.readValue(json, Content.class);
      Instant now = clock.instant();
      return !owner.equals(content.owner())
          && content.until() != null
          && content.until().isAfter(now)
          && content.until().isBefore(now.plus(life.multipliedBy(2)));
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private byte[] content() throws IOException {
    return Json.MAPPER.writeValueAsBytes(new Content(owner, clock.instant().plus(life)));
  }

  private static void warn(String key, IOException e) {
    LOGGER
        .atWarn()
        .addKeyValue(LogKeys.OBJECT_KEY, key)
        .addKeyValue(LogKeys.ERROR, e.getMessage())
        .log("A claim could not be renewed or removed; it expires");
  }
}
