package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.WorkerSeen;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One stage: one event in, one outcome out. Called from several threads. */
public interface EventHandler<E extends PipelineEvent> {
  /**
   * Does the stage's work. Called again for the same event after a crash, so what is done already
   * must count as a success.
   *
   * @throws InterruptedException if the worker stops; another will do the work
   */
  Outcome handle(E event) throws InterruptedException;

  /**
   * The completion event that says that {@code event} ends with {@code reason}; null where that
   * changes nothing for its conversion.
   */
  @Nullable PipelineEvent ending(E event, Reason reason, String message);

  /** The engines that it builds bundles with, which the worker tells who looks at it. */
  default List<WorkerSeen.Engine> engines() {
    return List.of();
  }

  /** The registries that it may ask, and what it asks of them now; empty of a stage without. */
  default Optional<List<WorkerSeen.Registry>> registries() {
    return Optional.empty();
  }
}
