package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob as a stream that survives broken connections: it goes on where the last one stopped (RFC
 * 9110 section 14, Range). At most one byte more than the expected size is delivered, which is
 * enough for the reader's check to fail, and bounds what a hostile registry can make us read.
 */
final class BlobStream extends InputStream {
  private static final Logger LOGGER = LoggerFactory.getLogger(BlobStream.class);

  /** Opens the blob from an offset. */
  @FunctionalInterface
  interface Opener {
    InputStream open(long offset) throws RejectedException, IOException;
  }

  private final String doing;
  private final long size;
  private final int attempts;
  private final RegistryTimeouts timeouts;
  private final long enough;
  private final Opener opener;
  private final Backoff backoff;
  private @Nullable InputStream body;
  private long position;
  private long brought;
  private long waited;
  private int failures;
  private boolean closed;

  private BlobStream(
      String doing,
      long size,
      int attempts,
      RegistryTimeouts timeouts,
      long enough,
      Opener opener,
      Backoff backoff) {
    this.doing = doing;
    this.size = size;
    this.attempts = attempts;
    this.timeouts = timeouts;
    this.enough = enough;
    this.opener = opener;
    this.backoff = backoff;
  }

  /**
   * Opens the blob; the first connection is made here, so that a missing blob is told at once.
   *
   * @param attempts how many connections in a row may break before they brought {@code enough}
   * @param enough bytes that a connection must bring to be of use
   */
  static BlobStream open(
      String doing,
      long size,
      int attempts,
      RegistryTimeouts timeouts,
      long enough,
      Opener opener,
      Backoff backoff)
      throws RejectedException, IOException {
    BlobStream stream = new BlobStream(doing, size, attempts, timeouts, enough, opener, backoff);
    stream.body = opener.open(0);
    return stream;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (closed) {
      throw new IOException(doing + ": the stream is closed");
    }
    if (position > size) {
      return -1;
    }
    int wanted = (int) Math.min(length, size + 1 - position);
    while (true) {
      long since = System.nanoTime();
      try {
        int count = connected().read(target, offset, wanted);
        if (count > 0) {
          position += count;
          brought += count;
          if (brought >= enough) {
            failures = 0;
          }
          return count;
        }
        if (position >= size) {
          return -1;
        }
        broken("the body ended early", null);
      } catch (UnavailableException e) {
        throw e;
      } catch (SlowRegistryException e) {
        tooSlow(e);
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        broken(String.valueOf(e.getMessage()), e);
      } finally {
        waited += System.nanoTime() - since;
      }
    }
  }

  /** A connection that was fast enough before is as one that broke. */
  private void tooSlow(SlowRegistryException e) throws IOException {
    if (!e.wasSteady() || isOverdue()) {
      disconnect();
      throw new UnavailableException(doing + ": found " + e.getMessage() + "; try again later", e);
    }
    broken(String.valueOf(e.getMessage()), e);
  }

  private boolean isOverdue() {
    return waited >= timeouts.total().toNanos();
  }

  private InputStream connected() throws IOException {
    InputStream open = body;
    if (open == null) {
      if (isOverdue()) {
        throw StallWatch.tooLong(timeouts, false);
      }
      brought = 0;
      try {
        open = opener.open(position);
      } catch (RejectedException e) {
        throw new UnavailableException(e.getMessage(), e);
      }
      body = open;
    }
    return open;
  }

  private void broken(String found, @Nullable IOException cause) throws IOException {
    disconnect();
    failures++;
    if (failures >= attempts) {
      throw new UnavailableException(
          String.format(
              "%s: found %s at byte %s, %s times in a row, expected %s bytes; try again later",
              doing, found, position, failures, size),
          cause);
    }
    LOGGER
        .atWarn()
        .addKeyValue("offset", position)
        .addKeyValue("sizeBytes", size)
        .addKeyValue("error", found)
        .log("The connection broke within a blob, continuing from there");
    backoff.pause(failures, null);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    disconnect();
  }

  private void disconnect() throws IOException {
    InputStream open = body;
    body = null;
    if (open != null) {
      open.close();
    }
  }
}
