package io.oci2wasm.converter.wasm;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A module with more functions behind its own, which are in its table behind what that holds, and
 * with more of its memory filled.
 */
public final class ModuleExtension {
  private static final int FUNCTION_TYPE = 0x60;
  private static final int I32 = 0x7f;
  private static final int FUNCTION_REFERENCE = 0x70;
  private static final int I32_CONST = 0x41;
  private static final int END = 0x0b;
  private static final int ACTIVE = 0;
  private static final int SIGN_BIT = 0x40;
  private static final int LOW_BITS = 0x7f;

  private final WasmModule module;

  public ModuleExtension(WasmModule module) {
    this.module = module;
  }

  /** Bytes that are in memory from the beginning. */
  public record Piece(int address, ByteBuffer bytes) {}

  /**
   * The number of the type of functions from {@code parameters} to an i32, which are value types.
   *
   * @throws MalformedModuleException if the module has none
   */
  public int typeNumber(byte[] parameters) throws MalformedModuleException {
    byte[] wanted =
        new BinaryWriter()
            .u8(FUNCTION_TYPE)
            .u32(parameters.length)
            .bytes(parameters)
            .u32(1)
            .u8(I32)
            .toByteArray();
    BinaryReader reader = reader(SectionId.TYPE);
    long count = reader.u32("count of types");
    for (int i = 0; i < count; i++) {
      int start = reader.position();
      reader.u8("type");
      reader.take(reader.u32("count of parameters"), "parameters");
      reader.take(reader.u32("count of results"), "results");
      if (Arrays.equals(BinaryReader.bytesOf(reader.since(start)), wanted)) {
        return i;
      }
    }
    throw reader.malformed("types", "none of translated code", "one");
  }

  /** How many elements the table has at the beginning. It must be the only one, and may grow. */
  public int tableSize() throws MalformedModuleException {
    BinaryReader reader = reader(SectionId.TABLE);
    long count = reader.u32("count of tables");
    int type = reader.u8("table's type");
    int limits = reader.u8("table's limits");
    if (count != 1 || type != FUNCTION_REFERENCE || limits != 0) {
      throw reader.malformed("tables", "others", "one of functions that may grow");
    }
    return (int) reader.u32("table's size");
  }

  private BinaryReader reader(SectionId id) throws MalformedModuleException {
    Optional<Section> section = module.section(id);
    if (section.isEmpty()) {
      throw new MalformedModuleException("module", 0, "no section " + id, "one");
    }
    return section.get().reader();
  }

  /**
   * The module with more.
   *
   * @param type number of the functions' type
   * @param count number of the functions
   * @param bodies of the functions, each behind its size
   */
  public byte[] extend(int type, int count, ByteBuffer bodies, List<Piece> pieces)
      throws MalformedModuleException {
    BinaryReader own = reader(SectionId.FUNCTION);
    long first = module.importedFunctions() + own.u32("count of functions");
    List<Piece> filled = pieces.stream().filter(piece -> piece.bytes.hasRemaining()).toList();
    BinaryWriter out = new BinaryWriter().bytes(WasmModule.preamble());
    for (Section section : module.sections()) {
      byte[] body =
          switch (section.id()) {
            case FUNCTION -> more(section, count, types(type, count));
            case TABLE -> largerTable(count);
            case ELEMENT -> more(section, 1, elements(first, count));
            case DATA_COUNT -> more(section, filled.size(), new byte[0]);
            case CODE -> more(section, count, BinaryReader.bytesOf(bodies));
            case DATA -> more(section, filled.size(), data(filled));
            default -> section.body();
          };
      out.section(section.id(), body);
    }
    return out.toByteArray();
  }

  /** A vector with elements behind its own. */
  private static byte[] more(Section section, int count, byte[] elements)
      throws MalformedModuleException {
    BinaryReader reader = section.reader();
    long before = reader.u32("count of section " + section.id());
    return new BinaryWriter()
        .u32(before + count)
        .bytes(reader.rest("section " + section.id()))
        .bytes(elements)
        .toByteArray();
  }

  private static byte[] types(int type, int count) {
    BinaryWriter types = new BinaryWriter();
    for (int i = 0; i < count; i++) {
      types.u32(type);
    }
    return types.toByteArray();
  }

  private byte[] largerTable(int count) throws MalformedModuleException {
    return new BinaryWriter()
        .u32(1)
        .u8(FUNCTION_REFERENCE)
        .u8(0)
        .u32(tableSize() + count)
        .toByteArray();
  }

  private byte[] elements(long first, int count) throws MalformedModuleException {
    BinaryWriter elements = new BinaryWriter().u8(ACTIVE);
    constant(elements, tableSize());
    elements.u32(count);
    for (int i = 0; i < count; i++) {
      elements.u32(first + i);
    }
    return elements.toByteArray();
  }

  private static byte[] data(List<Piece> pieces) {
    BinaryWriter data = new BinaryWriter();
    for (Piece piece : pieces) {
      data.u8(ACTIVE);
      constant(data, piece.address);
      data.u32(piece.bytes.remaining()).bytes(piece.bytes);
    }
    return data.toByteArray();
  }

  /** An expression with this i32, signed LEB128 (section 5.2.2). */
  private static void constant(BinaryWriter writer, int value) {
    writer.u8(I32_CONST);
    int rest = value;
    while (rest < -SIGN_BIT || rest >= SIGN_BIT) {
      writer.u8((rest & LOW_BITS) | (LOW_BITS + 1));
      rest >>= 7;
    }
    writer.u8(rest & LOW_BITS).u8(END);
  }
}
