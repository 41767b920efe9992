package io.oci2wasm.cli.run;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jline.utils.Signals;

/**
 * Signals that would end this process, passed on to the container's first process. As for docker,
 * it decides what they do: without a handler of its own, a first process ignores them.
 */
public final class ForwardedSignals {
  /** Linux's numbers. */
  private static final Map<String, Integer> NUMBERS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  /** Whoever insists means this process. */
  private static final int INSISTENCE = 3;

  private static final int SIGNALLED = 128;

  private ForwardedSignals() {}

  /** Forwards from now on; at the third signal this process ends. */
  public static void to(ControlLines control) {
    AtomicInteger received = new AtomicInteger();
    NUMBERS.forEach(
        (name, number) ->
            Signals.register(
                name,
                () -> {
                  if (received.incrementAndGet() >= INSISTENCE) {
                    System.exit(SIGNALLED + number);
                  }
                  control.signal(number);
                }));
  }
}
