package io.oci2wasm.runtime.store;

import java.io.IOException;
import java.io.InputStream;

/**
 * Consecutive bytes of an object that is written in parts. A part has at least {@link
 * #LEAST_BYTES}, but for the last one, and at most {@link #MOST_BYTES} (Amazon S3 User Guide,
 * "multipart upload limits").
 */
public sealed interface ObjectPart {
  long LEAST_BYTES = 5L << 20;
  long MOST_BYTES = 5L << 30;
  int MOST_PARTS = 10_000;

  long sizeBytes();

  /** Bytes that the store copies from {@code offset} of another object on. */
  record Copied(String object, long offset, long sizeBytes) implements ObjectPart {}

  /** Bytes of the content from {@code first} on, which are sent. */
  record Sent(long first, long sizeBytes) implements ObjectPart {}

  /** What is written. */
  @FunctionalInterface
  interface Content {
    /** {@code length} bytes of it, which it has, from {@code first} on. */
    InputStream open(long first, long length) throws IOException;
  }
}
