package io.oci2wasm.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.work.Outcome;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a task makes of a store that fails: another try, or the end where that is of no use. */
class StoreOutcomeTest {
  private static final String MESSAGE = "writing key: Access Denied";

  @Test
  void shouldNotTryAgainWhatTheStoreRefusesForGood() {
    IOException refused = new StoreUnavailableException(MESSAGE, null, true);

    Outcome outcome = Outcome.of(refused, Reason.REGISTRY_UNAVAILABLE);

    assertThat(outcome).isEqualTo(new Outcome.Rejected(Reason.STORE_REFUSED, MESSAGE));
  }

  @Test
  void shouldNotTryAgainAnUploadThatTheStoreRefuses() {
    IOException refused = new IOException(MESSAGE, new StoreUnavailableException("", null, true));

    Outcome outcome = Outcome.of(refused, Reason.REGISTRY_UNAVAILABLE);

    assertThat(outcome).isEqualTo(new Outcome.Rejected(Reason.STORE_REFUSED, MESSAGE));
  }

  @Test
  void shouldTryAgainWhereTheStoreIsAway() {
    IOException away = new StoreUnavailableException(MESSAGE, null);

    Outcome outcome = Outcome.of(away, Reason.REGISTRY_UNAVAILABLE);

    assertThat(outcome).isEqualTo(new Outcome.Retry(Reason.STORE_UNAVAILABLE, MESSAGE, null));
  }

  @Test
  void shouldTryAgainUnderTheReasonOfWhoElseIsAway() {
    Duration hour = Duration.ofHours(1);
    IOException busy = new UnavailableException("HTTP 429", null, hour);

    Outcome outcome = Outcome.of(busy, Reason.REGISTRY_UNAVAILABLE);

    assertThat(outcome).isEqualTo(new Outcome.Retry(Reason.REGISTRY_UNAVAILABLE, "HTTP 429", hour));
  }
}
