package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.store.StoreUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The outcome of one event. */
public sealed interface Outcome {
  /** What follows from each kind of outcome. */
  interface Cases<T> {
    T done(Done done) throws InterruptedException;

    T rejected(Rejected rejected) throws InterruptedException;

    T retry(Retry retry) throws InterruptedException;
  }

  /** What follows from this one. */
  <T> T decide(Cases<T> cases) throws InterruptedException;

  /** The step is done, by this run or an earlier one: {@code events} say so. */
  record Done(List<PipelineEvent> events) implements Outcome {
    public Done {
      events = List.copyOf(events);
    }

    @Override
    public <T> T decide(Cases<T> cases) throws InterruptedException {
      return cases.done(this);
    }
  }

  /** The whole event ends here, for good. */
  record Rejected(Reason reason, String message) implements Outcome {
    public static Rejected of(RejectedException e) {
      return new Rejected(e.reason(), e.getMessage());
    }

    @Override
    public <T> T decide(Cases<T> cases) throws InterruptedException {
      return cases.rejected(this);
    }
  }

  /**
   * The same may succeed later.
   *
   * @param reason what it ends with if it never does
   * @param after how long the other side asked us to wait, if it did
   */
  record Retry(Reason reason, String message, @Nullable Duration after) implements Outcome {
    @Override
    public <T> T decide(Cases<T> cases) throws InterruptedException {
      return cases.retry(this);
    }
  }

  /**
   * What {@code e} means: a retry, or the end where the object store refuses for good.
   *
   * @param otherwise the reason if it was not the object store that failed
   */
  static Outcome of(IOException e, Reason otherwise) {
    String message = String.valueOf(e.getMessage());
    // An upload fails as what it reads from does, with the registry's words around it.
    Throwable failed = e.getCause() instanceof StoreUnavailableException store ? store : e;
    if (failed instanceof StoreUnavailableException store && store.isRefused()) {
      return new Rejected(Reason.STORE_REFUSED, message);
    }
    return new Retry(
        failed instanceof StoreUnavailableException ? Reason.STORE_UNAVAILABLE : otherwise,
        message,
        e instanceof UnavailableException unavailable ? unavailable.retryAfter() : null);
  }
}
