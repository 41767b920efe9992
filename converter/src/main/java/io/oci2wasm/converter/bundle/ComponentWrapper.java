package io.oci2wasm.converter.bundle;

import io.oci2wasm.converter.wasm.BinaryWriter;
import io.oci2wasm.converter.wasm.WasmComponent;

/**
 * What stands before and after the one core module of a component (docs/FORMATS.md, "The
 * component"). The engine's build makes both pieces; the module's contents do not matter to them.
 */
record ComponentWrapper(byte[] prefix, byte[] suffix) {
  /** All that precedes a module of {@code moduleBytes}. */
  byte[] before(long moduleBytes) {
    return new BinaryWriter()
        .bytes(prefix)
        .u8(WasmComponent.CORE_MODULE_SECTION)
        .u32(moduleBytes)
        .toByteArray();
  }
}
