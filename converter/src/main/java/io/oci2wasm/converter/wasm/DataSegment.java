package io.oci2wasm.converter.wasm;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A data segment, which stays where the module is (core specification 2.0, section 5.5.14). Of
 * active ones only those are read whose place is a constant.
 *
 * @param passive whether the program copies it itself
 * @param encoded all of it as the module has it
 * @param content its bytes
 */
public record DataSegment(boolean passive, ByteBuffer encoded, ByteBuffer content) {
  private static final int ACTIVE = 0;
  private static final int PASSIVE = 1;
  private static final int ACTIVE_IN_MEMORY = 2;
  private static final int I32_CONST = 0x41;
  private static final int END = 0x0b;

  /** The segments of a data section. */
  public static List<DataSegment> readAll(Section data) throws MalformedModuleException {
    BinaryReader reader = data.reader();
    List<DataSegment> segments = new ArrayList<>();
    long count = reader.u32("count of data segments");
    for (long i = 0; i < count; i++) {
      segments.add(read(reader));
    }
    return segments;
  }

  private static DataSegment read(BinaryReader reader) throws MalformedModuleException {
    int start = reader.position();
    long mode = reader.u32("data segment mode");
    if (mode < ACTIVE || mode > ACTIVE_IN_MEMORY) {
      throw reader.malformed("data segment mode", "mode " + mode, "0 to 2");
    }
    if (mode == ACTIVE_IN_MEMORY) {
      reader.u32("data segment's memory");
    }
    if (mode != PASSIVE) {
      expect(reader, I32_CONST);
      reader.skipNumber("data segment's offset");
      expect(reader, END);
    }
    ByteBuffer content = reader.slice(reader.u32("data segment size"), "data segment");
    return new DataSegment(mode == PASSIVE, reader.since(start), content);
  }

  private static void expect(BinaryReader reader, int opcode) throws MalformedModuleException {
    int found = reader.u8("data segment's offset");
    if (found != opcode) {
      throw reader.malformed("data segment's offset", "opcode " + found, "opcode " + opcode);
    }
  }
}
