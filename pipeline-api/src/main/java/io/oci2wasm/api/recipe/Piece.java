package io.oci2wasm.api.recipe;

import java.nio.ByteBuffer;

/** Consecutive bytes of a module. Immutable. */
public sealed interface Piece {
  long sizeBytes();

  /** Bytes that are in the recipe itself. */
  final class Inline implements Piece {
    private final byte[] bytes;

    public Inline(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    /** To be read only. */
    public ByteBuffer bytes() {
      return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    @Override
    public long sizeBytes() {
      return bytes.length;
    }
  }

  /** Bytes of an object in the store, from {@code offset} on. */
  record Stored(String object, long offset, Units units) implements Piece {
    public Stored {
      if (offset < 0 || offset > Long.MAX_VALUE - units.sizeBytes()) {
        throw new IllegalArgumentException(
            "piece of " + object + ": found offset " + offset + ", expected one of an object");
      }
    }

    @Override
    public long sizeBytes() {
      return units.sizeBytes();
    }
  }
}
