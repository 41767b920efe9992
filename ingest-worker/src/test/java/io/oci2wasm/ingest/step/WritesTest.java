package io.oci2wasm.ingest.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.store.StoreCalls;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WritesTest {
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger written = new AtomicInteger();

  private void writeWhenReleased() throws IOException {
    try {
      released.await();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("given up");
    }
    written.incrementAndGet();
  }

  @Test
  void shouldGoOnWhileAWriteIsUnderWayAndWaitForItInTheEnd() throws Exception {
    try (Writes writes = new Writes(new StoreCalls())) {
      writes.begin(this::writeWhenReleased);
      writes.begin(this::writeWhenReleased);
      assertThat(written).hasValue(0);

      released.countDown();
      writes.await();

      assertThat(written).hasValue(2);
    }
  }

  @Test
  void shouldFailWithWhatAWriteFailedWith() throws Exception {
    try (Writes writes = new Writes(new StoreCalls())) {
      IOException away = new IOException("the store is away");
      writes.begin(
          () -> {
            throw away;
          });

      assertThatThrownBy(writes::await).isSameAs(away);
    }
  }

  @Test
  void shouldPassAnErrorOnAsItIs() throws Exception {
    try (Writes writes = new Writes(new StoreCalls())) {
      OutOfMemoryError full = new OutOfMemoryError("made up");
      writes.begin(
          () -> {
            throw full;
          });

      assertThatThrownBy(writes::await).isSameAs(full);
    }
  }

  @Test
  void shouldHoldSoManyBytesOnly() throws Exception {
    try (Writes writes = new Writes(new StoreCalls())) {
      AtomicInteger begun = new AtomicInteger();
      Thread beginning =
          new Thread(
              () ->
                  assertThatCode(
                          () -> {
                            while (begun.get() < 9) {
                              writes.begin(this::writeWhenReleased);
                              begun.incrementAndGet();
                            }
                          })
                      .doesNotThrowAnyException());
      beginning.start();
      while (beginning.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      assertThat(begun).hasValue(8);

      released.countDown();
      beginning.join();
      writes.await();

      assertThat(written).hasValue(9);
    }
  }

  @Test
  void shouldGiveUpWhatIsUnderWayWhenItIsClosed() throws Exception {
    Writes writes = new Writes(new StoreCalls());
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    writes.begin(
        () -> {
          begun.countDown();
          try {
            writeWhenReleased();
          } finally {
            ended.countDown();
          }
        });
    begun.await();

    writes.close();

    assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(written).hasValue(0);
  }

  @Test
  void shouldStopWaitingWhenTheTaskIsInterrupted() throws Exception {
    try (Writes writes = new Writes(new StoreCalls())) {
      writes.begin(this::writeWhenReleased);
      Thread.currentThread().interrupt();

      assertThatThrownBy(writes::await).isInstanceOf(InterruptedIOException.class);

      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
