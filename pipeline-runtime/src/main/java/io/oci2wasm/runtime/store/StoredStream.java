package io.oci2wasm.runtime.store;

import java.io.FilterInputStream;
import java.io.IOException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.AbortableInputStream;

/**
 * An object's bytes. Failures of the connection are ours to try again, and closing before the end
 * drops the connection instead of reading what is left.
 */
final class StoredStream extends FilterInputStream {
  private final String key;
  private final AbortableInputStream response;
  private boolean ended;

  StoredStream(String key, AbortableInputStream response) {
    super(response);
    this.key = key;
    this.response = response;
  }

  @Override
  public int read() throws IOException {
    try {
      int value = super.read();
      ended |= value < 0;
      return value;
    } catch (IOException | SdkException | IllegalStateException e) {
      throw broken(e);
    }
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    try {
      int count = super.read(buffer, offset, length);
      ended |= count < 0;
      return count;
    } catch (IOException | SdkException | IllegalStateException e) {
      throw broken(e);
    }
  }

  private StoreUnavailableException broken(Exception e) {
    return new StoreUnavailableException("object store, reading " + key + ": " + e.getMessage(), e);
  }

  @Override
  public void close() throws IOException {
    if (ended) {
      super.close();
    } else {
      response.abort();
    }
  }
}
