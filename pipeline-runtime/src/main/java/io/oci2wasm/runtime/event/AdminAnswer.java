package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaFuture;

/** Waits for answers of Kafka's admin client. */
public final class AdminAnswer {
  private AdminAnswer() {}

  /**
   * The answer.
   *
   * @param doing what was asked, for people
   * @throws UnavailableException if there is none within {@code timeout}
   */
  public static <T> T await(String doing, KafkaFuture<T> result, Duration timeout)
      throws UnavailableException {
    try {
      return result.get(timeout.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new UnavailableException("Kafka, " + doing + ": " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new UnavailableException(
          "Kafka, " + doing + ": no answer within " + timeout.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("Kafka, " + doing + ": interrupted", e);
    }
  }
}
