package io.oci2wasm.converter.wasm;

import java.io.IOException;

/** The bytes are no WebAssembly module, or not one of the required shape. */
public final class MalformedModuleException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String found;

  /** {@code structure} at {@code byteOffset} of the module was not what was expected. */
  MalformedModuleException(String structure, long byteOffset, String found, String expected) {
    super(
        String.format(
            "reading a WebAssembly module, %s at byte %s: found %s, expected %s; build"
                + " the module again",
            structure, byteOffset, found, expected));
    this.found = structure + " at byte " + byteOffset + ": found " + found;
  }

  /** What was found, and where, for a message about a file that need not be a module at all. */
  public String found() {
    return found;
  }
}
