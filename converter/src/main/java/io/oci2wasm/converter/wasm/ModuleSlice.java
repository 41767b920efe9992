package io.oci2wasm.converter.wasm;

import java.nio.ByteBuffer;

/**
 * Bytes of a module where they are.
 *
 * @param offset of the first one in the module
 */
public record ModuleSlice(ByteBuffer bytes, int offset) {
  public int sizeBytes() {
    return bytes.remaining();
  }
}
