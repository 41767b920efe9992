package io.oci2wasm.converter.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.converter.bundle.TestEngines;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModuleExtensionTest {
  private static final byte I32 = 0x7f;
  private static final byte I64 = 0x7e;

  /** One imported function, two of its own, a table of three with two of them, one byte of data. */
  private static WasmModule module(int... table) throws Exception {
    byte[] imports = new BinaryWriter().u32(1).name("env").name("f").u8(0).u32(0).toByteArray();
    return WasmModule.parse(
        new BinaryWriter()
            .bytes(WasmModule.preamble())
            // func (), func (i64, i32) -> i32, func (i32) -> i32
            .section(
                SectionId.TYPE,
                bytes(3, 0x60, 0, 0, 0x60, 2, I64, I32, 1, I32, 0x60, 1, I32, 1, I32))
            .section(SectionId.IMPORT, imports)
            .section(SectionId.FUNCTION, bytes(2, 0, 0))
            .section(SectionId.TABLE, bytes(table))
            .section(SectionId.MEMORY, bytes(1, 0, 1))
            .section(SectionId.ELEMENT, bytes(1, 0, 0x41, 1, 0x0b, 2, 1, 2))
            .section(SectionId.DATA_COUNT, bytes(1))
            .section(SectionId.CODE, bytes(2, 2, 0, 0x0b, 2, 0, 0x0b))
            .section(SectionId.DATA, bytes(1, 0, 0x41, 0, 0x0b, 1, 'x'))
            .toByteArray());
  }

  private static byte[] bytes(int... values) {
    BinaryWriter writer = new BinaryWriter();
    for (int value : values) {
      writer.u8(value);
    }
    return writer.toByteArray();
  }

  @Test
  void shouldFindTypesByTheirParameters() throws Exception {
    // Given
    ModuleExtension extension = new ModuleExtension(module(1, 0x70, 0, 3));

    // When, Then
    assertThat(extension.typeNumber(new byte[] {I64, I32})).isEqualTo(1);
    assertThat(extension.typeNumber(new byte[] {I32})).isEqualTo(2);
    assertThatThrownBy(() -> extension.typeNumber(new byte[] {I32, I32}))
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("none of translated code");
  }

  @Test
  void shouldPutFunctionsIntoTheTableAndBytesIntoMemory() throws Exception {
    // Given
    ModuleExtension extension = new ModuleExtension(module(1, 0x70, 0, 3));
    ByteBuffer bodies = ByteBuffer.wrap(bytes(4, 0, 0x41, 1, 0x0b, 4, 0, 0x41, 2, 0x0b));
    List<ModuleExtension.Piece> pieces =
        List.of(
            new ModuleExtension.Piece(64, ByteBuffer.wrap(bytes('a', 'b'))),
            new ModuleExtension.Piece(128, ByteBuffer.allocate(0)),
            new ModuleExtension.Piece(200, ByteBuffer.wrap(bytes('c'))));

    // When
    WasmModule extended = WasmModule.parse(extension.extend(1, 2, bodies, pieces));

    // Then
    assertThat(body(extended, SectionId.FUNCTION)).isEqualTo(bytes(4, 0, 0, 1, 1));
    assertThat(body(extended, SectionId.TABLE)).isEqualTo(bytes(1, 0x70, 0, 5));
    assertThat(body(extended, SectionId.ELEMENT))
        .isEqualTo(bytes(2, 0, 0x41, 1, 0x0b, 2, 1, 2, 0, 0x41, 3, 0x0b, 2, 3, 4));
    assertThat(body(extended, SectionId.DATA_COUNT)).isEqualTo(bytes(3));
    assertThat(body(extended, SectionId.CODE))
        .isEqualTo(bytes(4, 2, 0, 0x0b, 2, 0, 0x0b, 4, 0, 0x41, 1, 0x0b, 4, 0, 0x41, 2, 0x0b));
    assertThat(body(extended, SectionId.DATA))
        .isEqualTo(
            bytes(
                3, 0, 0x41, 0, 0x0b, 1, 'x', 0, 0x41, 0xc0, 0, 0x0b, 2, 'a', 'b', 0, 0x41, 0xc8, 1,
                0x0b, 1, 'c'));
    assertThat(body(extended, SectionId.MEMORY)).isEqualTo(bytes(1, 0, 1));
  }

  @Test
  void shouldRefuseTablesThatCannotGrowAndModulesWithout() throws Exception {
    // Given
    ModuleExtension limited = new ModuleExtension(module(1, 0x70, 1, 3, 3));
    ModuleExtension without = new ModuleExtension(WasmModule.parse(TestEngines.module()));

    // When, Then
    assertThatThrownBy(limited::tableSize)
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("one of functions that may grow");
    assertThatThrownBy(without::tableSize)
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("no section TABLE");
  }

  private static byte[] body(WasmModule module, SectionId id) {
    return module.section(id).orElseThrow().body();
  }
}
