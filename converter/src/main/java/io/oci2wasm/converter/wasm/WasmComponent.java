package io.oci2wasm.converter.wasm;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A component of the Component Model, as far as it is a frame around core modules (its binary
 * format, "Component Definitions").
 */
public final class WasmComponent {
  /** The byte that begins a section with a core module. */
  public static final int CORE_MODULE_SECTION = 1;

  /** {@code \0asm}, version 13 of the format, layer 1. */
  private static final byte[] PREAMBLE = {0, 'a', 's', 'm', 13, 0, 1, 0};

  private WasmComponent() {}

  /** Do the bytes begin as a component does? */
  public static boolean isOne(ByteBuffer bytes) {
    byte[] start = new byte[Math.min(PREAMBLE.length, bytes.remaining())];
    bytes.duplicate().get(start);
    return Arrays.equals(start, PREAMBLE);
  }

  /**
   * The first core module, where it is.
   *
   * @throws MalformedModuleException if there is none
   */
  public static ByteBuffer coreModule(ByteBuffer component) throws MalformedModuleException {
    BinaryReader reader = new BinaryReader(component, 0);
    reader.slice(PREAMBLE.length, "preamble");
    while (!reader.atEnd()) {
      int id = reader.u8("section id");
      ByteBuffer body = reader.slice(reader.u32("size of a section"), "section of a component");
      if (id == CORE_MODULE_SECTION) {
        return body;
      }
    }
    throw reader.malformed("component", "no core module", "one");
  }
}
