package io.oci2wasm.runtime.work;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whether a worker's process can be trusted. It cannot after its heap was full once: the
 * error may have hit any thread at any point. From then on an exception is no proof that its event
 * is bad.
 */
final class ProcessHealth {
  private static final Logger LOGGER = LoggerFactory.getLogger(ProcessHealth.class);

  private volatile boolean trusted = true;

  /** Looks at what ended a task or a round. */
  void met(@Nullable Throwable e) {
    for (Throwable one = e; one != null && trusted; one = one.getCause()) {
      if (isOfTheProcess(one)) {
        trusted = false;
        LOGGER.atError().setCause(one).log("This process is broken and must be restarted");
      }
    }
  }

  boolean isSound() {
    return trusted;
  }

  /** A stack that overflows is emptied by it, and is an event's own doing. */
  private static boolean isOfTheProcess(Throwable e) {
    return e instanceof VirtualMachineError && !(e instanceof StackOverflowError);
  }
}
