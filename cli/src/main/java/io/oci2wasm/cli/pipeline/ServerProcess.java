package io.oci2wasm.cli.pipeline;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.trace.Tracing;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/** How a server process lives: it says what it does, and ends on SIGTERM and SIGINT. */
final class ServerProcess {
  private static final String OURS = "io.oci2wasm";

  private ServerProcess() {}

  /**
   * Servers log each outcome and what ends a thread; single commands only what is wrong. Where a
   * collector is configured, servers' steps are traced from now on.
   *
   * @return ends the tracing
   * @throws io.oci2wasm.runtime.config.ConfigException if a variable of OpenTelemetry is no good
   */
  static AutoCloseable begin(String name) {
    Threads.logDeaths();
    Logger logger = (Logger) LoggerFactory.getLogger(OURS);
    if (!logger.isInfoEnabled()) {
      logger.setLevel(Level.INFO);
    }
    return Tracing.isConfigured(System.getenv()) ? Tracing.start(name) : () -> {};
  }

  /**
   * Returns never: the process ends by a signal, after {@code server} was closed, and {@code
   * traces} after it.
   */
  static void serve(String name, AutoCloseable server, AutoCloseable traces)
      throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try (traces) {
                    server.close();
                  } catch (Exception e) {
                    LoggerFactory.getLogger(ServerProcess.class)
                        .atError()
                        .setCause(e)
                        .log("The server did not stop cleanly");
                  }
                },
                "stop-" + name));
    never.await();
  }
}
