package io.oci2wasm.converter.bundle;

import io.oci2wasm.api.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Data segment 16 of a bundle, 32 bytes: magic, version, size of the launch description, size of
 * the root filesystem, guest memory or zero (docs/FORMATS.md, "The bundle").
 */
record PayloadHeader(int launchSize, long rootfsSize, @Nullable GuestMemory memory) {
  static final int SIZE = 32;

  private static final byte[] MAGIC = "OCI2WASM".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;

  byte[] encode() {
    return ByteBuffer.allocate(SIZE)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putInt(VERSION)
        .putInt(launchSize)
        .putLong(rootfsSize)
        .putLong(memory == null ? 0 : memory.bytes())
        .array();
  }
}
