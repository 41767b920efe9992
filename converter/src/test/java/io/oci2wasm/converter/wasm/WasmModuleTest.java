package io.oci2wasm.converter.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.oci2wasm.converter.Seeds;
import io.oci2wasm.converter.bundle.TestEngines;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WasmModuleTest {
  @Test
  void shouldGiveTheSameBytesBack() throws Exception {
    // Given
    byte[] module = TestEngines.module();

    // When
    BinaryWriter writer = new BinaryWriter().bytes(WasmModule.preamble());
    for (Section section : WasmModule.parse(module).sections()) {
      writer.section(section.id(), section.body());
    }

    // Then
    assertThat(writer.toByteArray()).isEqualTo(module);
  }

  @Test
  void shouldTellImportsExportsAndDataSegments() throws Exception {
    // Given, When
    WasmModule module = WasmModule.parse(TestEngines.module());

    // Then
    assertThat(module.imports())
        .containsExactly(new Import("wasi_snapshot_preview1", "proc_exit", true));
    assertThat(module.exportNames()).containsExactly("memory", "_start");
    assertThat(module.dataSegments()).isEqualTo(1);
  }

  @Test
  void shouldReadDataSegmentsOfEveryKind() throws Exception {
    // Given
    byte[] active = {0, 0x41, 8, 0x0b, 1, 'a'};
    byte[] passive = {1, 2, 'b', 'c'};
    byte[] inMemory = {2, 0, 0x41, (byte) 0x80, 1, 0x0b, 0};
    byte[] data =
        new BinaryWriter().u32(3).bytes(active).bytes(passive).bytes(inMemory).toByteArray();
    byte[] module =
        new BinaryWriter().bytes(WasmModule.preamble()).section(SectionId.DATA, data).toByteArray();

    // When
    List<DataSegment> segments =
        DataSegment.readAll(WasmModule.parse(module).section(SectionId.DATA).orElseThrow());

    // Then
    assertThat(segments).extracting(DataSegment::passive).containsExactly(false, true, false);
    assertThat(segments)
        .extracting(DataSegment::encoded)
        .containsExactly(
            ByteBuffer.wrap(active), ByteBuffer.wrap(passive), ByteBuffer.wrap(inMemory));
    assertThat(segments)
        .extracting(DataSegment::content)
        .containsExactly(
            ByteBuffer.wrap(new byte[] {'a'}),
            ByteBuffer.wrap(new byte[] {'b', 'c'}),
            ByteBuffer.allocate(0));
  }

  @Test
  void shouldReadImportsOfEveryKind() throws Exception {
    // Given
    byte[] imports =
        new BinaryWriter()
            .u32(4)
            .name("a")
            .name("table")
            .bytes(new byte[] {1, 0x70, 1, 2, 3})
            .name("a")
            .name("memory")
            .bytes(new byte[] {2, 0, 1})
            .name("a")
            .name("global")
            .bytes(new byte[] {3, 0x7f, 0})
            .name("a")
            .name("function")
            .bytes(new byte[] {0, 5})
            .toByteArray();
    byte[] module =
        new BinaryWriter()
            .bytes(WasmModule.preamble())
            .section(SectionId.IMPORT, imports)
            .toByteArray();

    // When, Then
    assertThat(WasmModule.parse(module).imports())
        .extracting(Import::name)
        .containsExactly("table", "memory", "global", "function");
  }

  @Test
  void shouldAnswerForModuleWithoutSections() throws Exception {
    // Given, When
    WasmModule module = WasmModule.parse(WasmModule.preamble());

    // Then
    assertThat(module.imports()).isEmpty();
    assertThat(module.exportNames()).isEmpty();
    assertThat(module.dataSegments()).isZero();
    assertThat(module.dataSegmentSlice().sizeBytes()).isZero();
  }

  @Test
  void shouldRejectOtherBytesNamingStructureOffsetAndExpectation() {
    assertThatThrownBy(() -> WasmModule.parse(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("reading a WebAssembly module, preamble at byte 0")
        .hasMessageContaining("expected \\0asm and version 1")
        .hasMessageContaining("build the module again");
  }

  @Test
  void shouldRejectSectionsOutOfOrder() {
    // Given
    byte[] module =
        new BinaryWriter()
            .bytes(WasmModule.preamble())
            .section(SectionId.MEMORY, new byte[] {0})
            .section(SectionId.TYPE, new byte[] {0})
            .toByteArray();

    // When, Then
    assertThatThrownBy(() -> WasmModule.parse(module))
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("section at byte 11: found TYPE after MEMORY");
  }

  @Test
  void shouldRejectSectionLongerThanTheModule() {
    // Given
    byte[] module =
        new BinaryWriter().bytes(WasmModule.preamble()).u8(1).u32(5).u8(0).toByteArray();

    // When, Then
    assertThatThrownBy(() -> WasmModule.parse(module))
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("section TYPE at byte 10: found 1 more bytes, expected 5 bytes");
  }

  @Test
  void shouldRejectUnknownSection() {
    // Given
    byte[] module = new BinaryWriter().bytes(WasmModule.preamble()).u8(99).toByteArray();

    // When, Then
    assertThatThrownBy(() -> WasmModule.parse(module))
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("section id at byte 8: found id 99");
  }

  @ParameterizedTest
  @CsvSource({"0,1", "127,1", "128,2", "16383,2", "16384,3", "4294967295,5"})
  void shouldWriteNumbersInAsFewBytesAsTheyNeed(long value, int bytes) throws Exception {
    // Given, When
    byte[] encoded = new BinaryWriter().u32(value).toByteArray();

    // Then
    assertThat(encoded).hasSize(bytes);
    assertThat(new BinaryReader(ByteBuffer.wrap(encoded), 0).u32("number")).isEqualTo(value);
  }

  @Test
  void shouldRejectNumbersOfOver32Bits() {
    for (byte[] encoded :
        new byte[][] {
          {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x10},
          {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0}
        }) {
      assertThatThrownBy(() -> new BinaryReader(ByteBuffer.wrap(encoded), 0).u32("number"))
          .isInstanceOf(MalformedModuleException.class)
          .hasMessageContaining("a number of over 32 bits");
    }
  }

  @Test
  void shouldOnlyRejectMutatedModules() {
    Seeds.each(
        2000,
        random -> {
          byte[] module = TestEngines.module();
          int changes = 1 + random.nextInt(4);
          for (int i = 0; i < changes; i++) {
            module[random.nextInt(module.length)] = (byte) random.nextInt(256);
          }
          byte[] cut = Arrays.copyOf(module, random.nextInt(module.length + 1));

          Throwable thrown = catchThrowable(() -> readAll(random.nextBoolean() ? module : cut));

          if (thrown != null) {
            assertThat(thrown).isInstanceOf(MalformedModuleException.class);
          }
        });
  }

  private static void readAll(byte[] bytes) throws MalformedModuleException {
    WasmModule module = WasmModule.parse(bytes);
    module.imports();
    module.exportNames();
    module.dataSegments();
    var unused = module.dataSegmentSlice();
    Optional<Section> data = module.section(SectionId.DATA);
    if (data.isPresent()) {
      DataSegment.readAll(data.get());
    }
  }
}
