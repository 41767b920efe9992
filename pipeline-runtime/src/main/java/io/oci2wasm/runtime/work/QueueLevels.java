package io.oci2wasm.runtime.work;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How much work waits, as Kafka had it at {@code measuredAt}: the answer of the API as it is. */
public record QueueLevels(Instant measuredAt, List<Queue> queues, List<Retries> retries) {
  public QueueLevels {
    queues = List.copyOf(queues);
    retries = List.copyOf(retries);
  }

  /**
   * One lane of a stage.
   *
   * @param depth events that wait: not done, and in nobody's hands
   * @param running events that are being worked on, as workers say
   * @param oldest when the oldest of those that wait came into the queue; null where there is none,
   *     or where it could not be read
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Queue(Stage stage, Lane lane, long depth, long running, @Nullable Instant oldest) {}

  /** Events of a stage, of both lanes, whose next try has not begun. */
  public record Retries(Stage stage, long waiting) {}
}
