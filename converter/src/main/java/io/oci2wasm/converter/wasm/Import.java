package io.oci2wasm.converter.wasm;

import java.util.ArrayList;
import java.util.List;

/**
 * An import's two names, and whether it is a function; its type is read and dropped (core
 * specification 2.0, section 5.5.5).
 */
public record Import(String module, String name, boolean function) {
  private static final int FUNCTION = 0;
  private static final int TABLE = 1;
  private static final int MEMORY = 2;
  private static final int GLOBAL = 3;

  static List<Import> readAll(BinaryReader reader) throws MalformedModuleException {
    List<Import> imports = new ArrayList<>();
    long count = reader.u32("count of imports");
    for (long i = 0; i < count; i++) {
      String module = reader.name("import module");
      String name = reader.name("import name");
      imports.add(new Import(module, name, skipType(reader) == FUNCTION));
    }
    return imports;
  }

  /** Its kind. */
  private static int skipType(BinaryReader reader) throws MalformedModuleException {
    int kind = reader.u8("import kind");
    switch (kind) {
      case FUNCTION -> reader.u32("type index");
      case TABLE -> {
        reader.u8("reference type");
        skipLimits(reader);
      }
      case MEMORY -> skipLimits(reader);
      case GLOBAL -> {
        reader.u8("value type");
        reader.u8("mutability");
      }
      default -> throw reader.malformed("import kind", "kind " + kind, "0 to 3");
    }
    return kind;
  }

  private static void skipLimits(BinaryReader reader) throws MalformedModuleException {
    boolean hasMaximum = (reader.u8("limits") & 1) != 0;
    reader.u32("minimum");
    if (hasMaximum) {
      reader.u32("maximum");
    }
  }
}
