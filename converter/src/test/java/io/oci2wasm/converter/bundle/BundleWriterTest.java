package io.oci2wasm.converter.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.wasm.BinaryWriter;
import io.oci2wasm.converter.wasm.Section;
import io.oci2wasm.converter.wasm.SectionId;
import io.oci2wasm.converter.wasm.WasmComponent;
import io.oci2wasm.converter.wasm.WasmModule;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BundleWriterTest {
  private static final byte[] LAUNCH = "oci2wasm-launch=1\0".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DESCRIPTION = "{\"schema\":1}".getBytes(StandardCharsets.UTF_8);

  private static byte[] bundle(byte[] engine, byte[] rootfs) throws Exception {
    BundleWriter writer = writer(TestEngines.engine(engine), stored(rootfs.length));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.writeTo(Channels.newChannel(out), channel -> channel.write(ByteBuffer.wrap(rootfs)));
    assertThat(writer.sizeBytes()).isEqualTo(out.size());
    return out.toByteArray();
  }

  private static BundleWriter writer(Engine engine, FrameTable frames) throws Exception {
    return new BundleWriter(
        engine, ConversionOptions.NONE, LAUNCH, frames, DESCRIPTION, BundleWriter.MAX_MODULE_BYTES);
  }

  /** The table of {@code size} bytes that are stored as they are. */
  private static FrameTable stored(long size) {
    FrameTable.Builder table = new FrameTable.Builder();
    for (long left = size; left > 0; left -= FrameTable.FRAME_BYTES) {
      table.add((int) Math.min(left, FrameTable.FRAME_BYTES), true, 0);
    }
    return table.build();
  }

  @Test
  void shouldAppendHeaderLaunchDescriptionAndRootfsAsPassiveSegments16To18() throws Exception {
    // Given
    byte[] rootfs = new byte[4096];
    rootfs[4095] = 7;

    // When
    WasmModule module = WasmModule.parse(bundle(TestEngines.module(), rootfs));

    // Then
    BinaryWriter expected = new BinaryWriter();
    expected.bytes(new byte[] {0, 0x41, 0, 0x0b, 1, 'x'});
    for (int i = 1; i < 16; i++) {
      expected.u8(1).u32(0);
    }
    byte[] header = {
      'O',
      'C',
      'I',
      '2',
      'W',
      'A',
      'S',
      'M',
      2,
      0,
      0,
      0,
      18,
      0,
      0,
      0,
      0,
      0,
      2,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      16,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      2,
      0,
      1,
      0,
      0,
      0,
      0,
      16,
      0,
      (byte) 0x80
    };
    expected.u8(1).u32(52).bytes(header).u8(1).u32(18).bytes(LAUNCH).u8(1).u32(4096).bytes(rootfs);
    assertThat(module.dataSegments()).isEqualTo(19);
    assertThat(new BinaryWriter().bytes(module.dataSegmentSlice().bytes()).toByteArray())
        .isEqualTo(expected.toByteArray());
  }

  @Test
  void shouldPutAComponentAroundTheModule() throws Exception {
    // Given
    byte[] rootfs = new byte[4096];
    byte[] prefix = {0, 'a', 's', 'm', 13, 0, 1, 0};
    byte[] suffix = {11, 1, 7};
    ComponentWrapper wrapper = new ComponentWrapper(prefix, suffix);
    Engine engine =
        Engine.of(TestEngines.RISCV64, TestEngines.module(), "0.0.1", List.of(), wrapper);

    // When
    BundleWriter writer = writer(engine, stored(rootfs.length));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.writeTo(Channels.newChannel(out), channel -> channel.write(ByteBuffer.wrap(rootfs)));

    // Then
    byte[] module = bundle(TestEngines.module(), rootfs);
    byte[] expected =
        new BinaryWriter()
            .bytes(prefix)
            .u8(1)
            .u32(module.length)
            .bytes(module)
            .bytes(suffix)
            .toByteArray();
    assertThat(out.toByteArray()).isEqualTo(expected);
    assertThat(writer.sizeBytes()).isEqualTo(expected.length);
    assertThat(WasmComponent.coreModule(ByteBuffer.wrap(expected)))
        .isEqualTo(ByteBuffer.wrap(module));
  }

  @Test
  void shouldTakeImportsOfInterfacesOnlyInComponents() throws Exception {
    // Given
    byte[] module = TestEngines.module("wasi:sockets/tcp@0.2.12", "_start", 1);
    ComponentWrapper wrapper = new ComponentWrapper(new byte[0], new byte[0]);
    Engine inComponent = Engine.of(TestEngines.RISCV64, module, "0.0.1", List.of(), wrapper);

    // When, Then
    assertThat(inComponent.checkedModule().imports()).hasSize(1);
    assertThatThrownBy(() -> TestEngines.engine(module).checkedModule())
        .hasMessageContaining("found an import of wasi:sockets/tcp@0.2.12.proc_exit");
  }

  @Test
  void shouldWriteTheMemoryThatIsAskedForIntoTheHeader() {
    byte[] header = new PayloadHeader(18, FrameTable.EMPTY, GuestMemory.parse("513m")).encode();

    byte[] expected = {
      'O', 'C', 'I', '2', 'W', 'A', 'S', 'M', 2, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      0x10, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0
    };
    assertThat(header).isEqualTo(expected);
  }

  @Test
  void shouldDeclareDataCountAndKeepTheEnginesSectionsWithTheDescriptionLast() throws Exception {
    // Given, When
    WasmModule module = WasmModule.parse(bundle(TestEngines.module(), new byte[4096]));

    // Then
    assertThat(module.sections())
        .extracting(Section::id)
        .containsExactly(
            SectionId.TYPE,
            SectionId.IMPORT,
            SectionId.FUNCTION,
            SectionId.MEMORY,
            SectionId.EXPORT,
            SectionId.DATA_COUNT,
            SectionId.CODE,
            SectionId.DATA,
            SectionId.CUSTOM,
            SectionId.CUSTOM);
    assertThat(module.section(SectionId.DATA_COUNT).orElseThrow().body()).containsExactly(19);
    List<Section> sections = module.sections();
    assertThat(sections.get(sections.size() - 1).body())
        .isEqualTo(new BinaryWriter().name("oci2wasm.bundle").bytes(DESCRIPTION).toByteArray());
  }

  @Test
  void shouldReplaceDataCountOfTheEngine() throws Exception {
    // Given
    WasmModule plain = WasmModule.parse(TestEngines.module());
    BinaryWriter counted = new BinaryWriter().bytes(WasmModule.preamble());
    for (Section section : plain.sections()) {
      if (section.id() == SectionId.CODE) {
        counted.section(SectionId.DATA_COUNT, new byte[] {1});
      }
      counted.section(section.id(), section.body());
    }

    // When
    byte[] bundle = bundle(counted.toByteArray(), new byte[4096]);

    // Then
    assertThat(bundle).isEqualTo(bundle(TestEngines.module(), new byte[4096]));
  }

  @Test
  void shouldAcceptModuleOfExactlyOneGiBAndRefuseOneByteMore() throws Exception {
    // Given
    Engine engine = TestEngines.engine();
    long guess = BundleWriter.MAX_MODULE_BYTES - (64 << 10);
    long others = writer(engine, stored(guess)).sizeBytes() - guess;
    long largest = BundleWriter.MAX_MODULE_BYTES - others;

    // When
    BundleWriter accepted = writer(engine, stored(largest));

    // Then
    assertThat(accepted.sizeBytes()).isEqualTo(BundleWriter.MAX_MODULE_BYTES);
    assertThatThrownBy(() -> writer(engine, stored(largest + 1)))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BUNDLE_TOO_LARGE))
        .hasMessageContaining("putting the bundle together")
        .hasMessageContaining("found 1073741825 bytes")
        .hasMessageContaining("expected at most 1073741824")
        .hasMessageContaining("make the image smaller");
  }

  @Test
  void shouldRefuseRootfsThatNoModuleCouldHold() {
    assertThatThrownBy(() -> writer(TestEngines.engine(), stored(1L << 33)))
        .isInstanceOf(RejectedException.class);
  }

  @Test
  void shouldRefuseEngineThatImportsOtherThanWasi() {
    assertUnfit(TestEngines.module("env", "_start", 1), "an import of env.proc_exit");
  }

  @Test
  void shouldRefuseEngineWithoutStart() {
    assertUnfit(TestEngines.module("wasi_snapshot_preview1", "main", 1), "the exports");
  }

  @Test
  void shouldRefuseEngineWithSeventeenDataSegments() throws Exception {
    assertThat(bundle(TestEngines.module("wasi_snapshot_preview1", "_start", 16), new byte[4096]))
        .isNotEmpty();
    assertUnfit(
        TestEngines.module("wasi_snapshot_preview1", "_start", 17), "found 17 data segments");
  }

  private static void assertUnfit(byte[] engine, String found) {
    assertThatThrownBy(() -> bundle(engine, new byte[4096]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("using engine 0.0.1 for linux/riscv64")
        .hasMessageContaining(found)
        .hasMessageContaining("build the engine again");
  }
}
