package io.oci2wasm.converter.bundle;

import io.oci2wasm.converter.wasm.BinaryWriter;
import io.oci2wasm.converter.wasm.WasmComponent;

/**
 * What stands before and after the one core module of a component (docs/FORMATS.md, "The
 * component"). The engine's build makes both pieces; the module's contents do not matter to them.
 */
final class ComponentWrapper {
  private final byte[] prefix;
  private final byte[] suffix;

  ComponentWrapper(byte[] prefix, byte[] suffix) {
    this.prefix = prefix.clone();
    this.suffix = suffix.clone();
  }

  /** All that precedes a module of {@code moduleBytes}. */
  byte[] before(long moduleBytes) {
    return new BinaryWriter()
        .bytes(prefix)
        .u8(WasmComponent.CORE_MODULE_SECTION)
        .u32(moduleBytes)
        .toByteArray();
  }

  /** All that follows the module. */
  byte[] after() {
    return suffix.clone();
  }
}
