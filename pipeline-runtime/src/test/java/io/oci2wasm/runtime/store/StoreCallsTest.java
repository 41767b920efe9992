package io.oci2wasm.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StoreCallsTest {
  private final StoreCalls calls = new StoreCalls();

  @Test
  void shouldAnswerInTheOrderOfCalls() throws Exception {
    List<Integer> numbers = IntStream.range(0, 50).boxed().toList();

    List<Integer> answers =
        calls.all(numbers.stream().map(number -> (Callable<Integer>) () -> number).toList());

    assertThat(answers).isEqualTo(numbers);
    assertThat(calls.all(List.of())).isEmpty();
  }

  @Test
  void shouldMakeCallsBesideTheOneOfItsOwnThread() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    Callable<Thread> meeting =
        () -> {
          both.countDown();
          both.await();
          return Thread.currentThread();
        };

    List<Thread> made = calls.all(List.of(meeting, meeting));

    assertThat(made.get(0)).isNotSameAs(Thread.currentThread());
    assertThat(made.get(1)).isSameAs(Thread.currentThread());
  }

  @Test
  void shouldFailAsTheFirstThatFails() {
    Callable<String> first =
        () -> {
          throw new IOException("first");
        };
    Callable<String> last =
        () -> {
          throw new IllegalStateException("last");
        };

    assertThatThrownBy(() -> calls.all(List.of(() -> "fine", first, last)))
        .isInstanceOf(IOException.class)
        .hasMessage("first");
    assertThatThrownBy(() -> calls.all(List.of(() -> "fine", last)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("last");
  }

  @Test
  void shouldFailAsItsCallerExpects() {
    Future<String> refused =
        calls.begin(
            () -> {
              throw new RejectedException(Reason.INTERNAL, "refused");
            });

    assertThatThrownBy(() -> StoreCalls.answer(refused, RejectedException.class))
        .isInstanceOf(RejectedException.class)
        .hasMessage("refused");
    assertThatThrownBy(() -> StoreCalls.answer(refused))
        .isInstanceOf(IllegalStateException.class)
        .hasCauseInstanceOf(RejectedException.class);
  }
}
