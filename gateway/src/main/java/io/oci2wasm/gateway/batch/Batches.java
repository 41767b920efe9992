package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchState;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.conversion.RequestedImages;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Operations on batches. Thread-safe. */
public final class Batches {
  private final BatchReader view;
  private final BatchTransactions transactions;
  private final RequestedImages asked;
  private final EventPublisher publisher;
  private final Clock clock;

  /** Reads by {@code view} and {@code asked}; what is new goes to {@code publisher} first. */
  public Batches(
      BatchReader view,
      BatchTransactions transactions,
      RequestedImages asked,
      EventPublisher publisher,
      Clock clock) {
    this.view = view;
    this.transactions = transactions;
    this.asked = asked;
    this.publisher = publisher;
    this.clock = clock;
  }

  /**
   * Begins a batch; returns once it is safely written.
   *
   * @throws UnavailableException if Kafka or the database does not answer: ask again
   */
  public Batch begin(BatchRequested requested) throws UnavailableException {
    publisher.publish(List.of(requested));
    return transactions.alone(
        transaction -> {
          transaction.take(requested);
          return transaction.find(requested.batchId()).orElseThrow();
        });
  }

  /**
   * The images that a batch of what was asked for would convert now.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<ImageReference> preview(BatchRequested requested) throws UnavailableException {
    return asked.list(requested.registry(), requested.repositories(), requested.since());
  }

  /**
   * The batch with this id.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Optional<Batch> find(String id) throws UnavailableException {
    return view.find(id);
  }

  /**
   * The scan of each of these registries that was asked for last, by registry.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Map<String, Batch> newestScans(Collection<String> registries) throws UnavailableException {
    return view.newestScans(registries);
  }

  /**
   * Up to {@code limit} batches, newest first.
   *
   * @throws IllegalArgumentException if {@code page} is no {@code next} of an earlier page
   * @throws UnavailableException if the database does not answer
   */
  public Page<Batch> list(int limit, @Nullable String page) throws UnavailableException {
    return view.list(limit, page);
  }

  /**
   * Pauses, resumes or cancels a batch, and returns it as it stands then; empty if there is none.
   *
   * @throws BatchStateException if it is in no state for that
   * @throws UnavailableException if Kafka or the database does not answer: ask again
   */
  public Optional<Batch> change(String id, Change change) throws UnavailableException {
    return transactions.alone(
        transaction -> {
          Optional<Batch> found = transaction.find(id);
          if (found.isEmpty()) {
            return found;
          }
          requireFit(found.get(), change);
          BatchChanged event =
              new BatchChanged(id, change, null, after(found.get().times().pausedAt()));
          publisher.publish(List.of(event));
          transaction.take(event);
          return transaction.find(id);
        });
  }

  /** Resuming must come after what it ends, whatever the clock of the gateway that paused. */
  private Instant after(@Nullable Instant pausedAt) {
    Instant now = clock.instant();
    return pausedAt == null || now.isAfter(pausedAt) ? now : pausedAt.plusMillis(1);
  }

  private static void requireFit(Batch batch, Change change) {
    BatchState state = batch.state();
    boolean fits =
        switch (change) {
          case PAUSED -> state == BatchState.LISTING || state == BatchState.RUNNING;
          case RESUMED -> state == BatchState.PAUSED;
          case CANCELLED -> state.isOpen();
          case LISTED, FAILED -> false;
        };
    if (!fits) {
      throw new BatchStateException(
          "batch " + batch.id() + ": found it " + state + ", expected " + expected(change));
    }
  }

  private static String expected(Change change) {
    return switch (change) {
      case PAUSED -> "it listing or running; only such a batch can be paused";
      case RESUMED -> "it paused; only such a batch can be resumed";
      case CANCELLED -> "it listing, running or paused; only such a batch can be cancelled";
      case LISTED, FAILED -> "no such change by a caller";
    };
  }
}
