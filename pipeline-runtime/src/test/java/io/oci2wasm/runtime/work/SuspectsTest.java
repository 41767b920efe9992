package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SuspectsTest {
  private final Suspects suspects = new Suspects(Duration.ZERO);
  private final ExecutorService others = Executors.newCachedThreadPool();

  @AfterEach
  void stopOthers() {
    others.shutdownNow();
  }

  @Test
  void shouldLetNoneBeginBesideOneThatWasGivenOutAsOftenOrMore() throws Exception {
    assertThat(suspects.begin(3)).isTrue();

    assertThat(suspects.begin(3)).isFalse();
    assertThat(suspects.begin(2)).isFalse();
  }

  @Test
  void shouldLetTheNextBeginAfterTheEnd() throws Exception {
    assertThat(suspects.begin(3)).isTrue();
    suspects.end();

    assertThat(suspects.begin(2)).isTrue();
  }

  @Test
  void shouldLetTheMoreSuspectWaitForTheLessSuspect() throws Exception {
    assertThat(suspects.begin(2)).isTrue();
    Waiting other = other();
    assertThat(other.begun().isDone()).isFalse();

    suspects.end();

    assertThat(other.begun().get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(suspects.begin(3)).isFalse();
  }

  @Test
  void shouldEndTheWaitOfAWorkerThatIsStopped() throws Exception {
    assertThat(suspects.begin(2)).isTrue();
    Waiting other = other();

    other.thread().interrupt();

    assertThat(other.begun())
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(InterruptedException.class);
    suspects.end();
    assertThat(suspects.begin(2)).isTrue();
  }

  @Test
  void shouldFreeItsPlaceWhenItIsStoppedBeforeItBegins() {
    Suspects slow = new Suspects(Duration.ofHours(1));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> slow.begin(2)).isInstanceOf(InterruptedException.class);

    // It would be refused if the place were taken.
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> slow.begin(2)).isInstanceOf(InterruptedException.class);
  }

  private record Waiting(Thread thread, Future<Boolean> begun) {}

  /** One that was given out three times, on a thread of its own that waits already. */
  private Waiting other() throws Exception {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<Boolean> begun =
        others.submit(
            () -> {
              thread.complete(Thread.currentThread());
              return suspects.begin(3);
            });
    while (thread.get().getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return new Waiting(thread.get(), begun);
  }
}
