package io.oci2wasm.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes what was started, in reverse order. A failure does not keep the others open. */
public final class Shutdown implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Shutdown.class);

  private final Deque<Step> steps = new ArrayDeque<>();

  private record Step(String what, AutoCloseable closeable) {}

  /** Adds what was started last. */
  public synchronized void last(String what, AutoCloseable closeable) {
    steps.push(new Step(what, closeable));
  }

  @Override
  public synchronized void close() {
    while (!steps.isEmpty()) {
      Step step = steps.pop();
      try {
        step.closeable().close();
      } catch (Exception e) {
        LOGGER
            .atWarn()
            .setCause(e)
            .addKeyValue("part", step.what())
            .addKeyValue(LogKeys.ERROR, e.getMessage())
            .log("A part did not stop cleanly");
      }
    }
  }
}
