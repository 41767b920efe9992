package io.oci2wasm.converter.wasm;

import org.jspecify.annotations.Nullable;

/**
 * Kinds of sections in the order that modules have them; custom sections stand anywhere (core
 * specification 2.0, section 5.5.2 and 5.5.16).
 */
public enum SectionId {
  CUSTOM(0),
  TYPE(1),
  IMPORT(2),
  FUNCTION(3),
  TABLE(4),
  MEMORY(5),
  GLOBAL(6),
  EXPORT(7),
  START(8),
  ELEMENT(9),
  /** Comes before the code, so that one pass can check {@code memory.init}. */
  DATA_COUNT(12),
  CODE(10),
  DATA(11);

  private final int code;

  SectionId(int code) {
    this.code = code;
  }

  /** The byte that begins such a section. */
  public int code() {
    return code;
  }

  static @Nullable SectionId ofCode(int code) {
    for (SectionId id : values()) {
      if (id.code == code) {
        return id;
      }
    }
    return null;
  }
}
