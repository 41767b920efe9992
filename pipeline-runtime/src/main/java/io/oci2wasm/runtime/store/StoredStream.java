package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.AbortableInputStream;

/**
 * An object's bytes. Where the connection breaks, another one reads on, unless hardly anything has
 * come since the last break: that is ours to try again later. Closing before the end drops the
 * connection instead of reading what is left.
 */
final class StoredStream extends InputStream {
  private static final Logger LOGGER = LoggerFactory.getLogger(StoredStream.class);

  /** A store that gives less for each connection is not worth staying with. */
  private static final long LEAST_BYTES = 64 << 10;

  private final String key;
  private final Source source;
  private AbortableInputStream response;
  private long passed;
  private long brokenAt = -LEAST_BYTES;
  private boolean ended;
  private volatile boolean closed;

  /** Gives the object's bytes again, from where they are wanted on. */
  interface Source {
    /**
     * What follows the first {@code passed} bytes; null if the object is gone or has others now.
     */
    @Nullable AbortableInputStream from(long passed) throws UnavailableException;
  }

  StoredStream(String key, AbortableInputStream response, Source source) {
    this.key = key;
    this.response = response;
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (true) {
      try {
        int count = response.read(buffer, offset, length);
        ended |= count < 0;
        passed += Math.max(count, 0);
        return count;
      } catch (IOException | SdkException | IllegalStateException e) {
        readOn(e);
      }
    }
  }

  private void readOn(Exception failure) throws UnavailableException {
    response.abort();
    boolean worthIt = passed - brokenAt >= LEAST_BYTES;
    boolean wanted = !closed && !Thread.currentThread().isInterrupted();
    brokenAt = passed;
    AbortableInputStream rest = worthIt && wanted ? source.from(passed) : null;
    if (rest == null) {
      throw new StoreUnavailableException(
          "object store, reading " + key + ": " + failure.getMessage(), failure);
    }
    LOGGER
        .atInfo()
        .addKeyValue("object", key)
        .addKeyValue("bytes", passed)
        .addKeyValue("error", String.valueOf(failure.getMessage()))
        .log("The connection to the object store broke; another reads on");
    response = rest;
  }

  @Override
  public int available() throws IOException {
    return response.available();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    if (ended) {
      response.close();
    } else {
      response.abort();
    }
  }
}
