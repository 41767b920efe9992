package io.oci2wasm.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Starts a server before the first test of a class, in a folder of its own, and closes it after the
 * last. Register it as a static field.
 */
public final class Started<T extends AutoCloseable> implements BeforeAllCallback, AfterAllCallback {
  private final Starter<T> starter;

  @SuppressWarnings("NullAway.Init") // JUnit calls beforeAll first
  private Path directory;

  @SuppressWarnings("NullAway.Init") // JUnit calls beforeAll first
  private T server;

  /** Starts a server that keeps its files in a folder. */
  public interface Starter<T> {
    T in(Path directory) throws IOException;
  }

  public Started(Starter<T> starter) {
    this.starter = starter;
  }

  public T get() {
    return server;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    directory = Files.createTempDirectory("started");
    server = starter.in(directory);
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    try {
      server.close();
    } finally {
      PathUtils.deleteDirectory(directory);
    }
  }
}
