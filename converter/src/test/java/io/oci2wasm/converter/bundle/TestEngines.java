package io.oci2wasm.converter.bundle;

import io.oci2wasm.api.Platform;
import io.oci2wasm.converter.wasm.BinaryWriter;
import io.oci2wasm.converter.wasm.SectionId;
import io.oci2wasm.converter.wasm.WasmModule;
import java.util.List;

/** A module small enough to read by eye, with the shape of an engine. */
public final class TestEngines {
  public static final Platform RISCV64 = Platform.parse("linux/riscv64");

  private TestEngines() {}

  /** Imports {@code proc_exit}, exports memory and {@code _start}, has one data segment. */
  public static byte[] module() {
    return module("wasi_snapshot_preview1", "_start", 1);
  }

  static byte[] module(String importModule, String startName, int dataSegments) {
    BinaryWriter data = new BinaryWriter().u32(dataSegments);
    for (int i = 0; i < dataSegments; i++) {
      // Active in memory 0 at i32.const i.
      data.u8(0).u8(0x41).u8(i).u8(0x0b).u32(1).u8('x');
    }
    return new BinaryWriter()
        .bytes(WasmModule.preamble())
        // func (param i32), func ()
        .section(SectionId.TYPE, bytes(2, 0x60, 1, 0x7f, 0, 0x60, 0, 0))
        .section(
            SectionId.IMPORT,
            new BinaryWriter()
                .u32(1)
                .name(importModule)
                .name("proc_exit")
                .u8(0)
                .u32(0)
                .toByteArray())
        .section(SectionId.FUNCTION, bytes(1, 1))
        .section(SectionId.MEMORY, bytes(1, 0, 1))
        .section(
            SectionId.EXPORT,
            new BinaryWriter()
                .u32(2)
                .name("memory")
                .bytes(bytes(2, 0))
                .name(startName)
                .bytes(bytes(0, 1))
                .toByteArray())
        // memory.init 16 of 8 bytes to address 64, then the end
        .section(
            SectionId.CODE, bytes(1, 13, 0, 0x41, 0xc0, 0, 0x41, 0, 0x41, 8, 0xfc, 8, 16, 0, 0x0b))
        .section(SectionId.DATA, data.toByteArray())
        .section(SectionId.CUSTOM, new BinaryWriter().name("producers").u8(0).toByteArray())
        .toByteArray();
  }

  public static Engine engine() {
    return engine(module());
  }

  /** The next version of {@link #engine()}. */
  public static Engine nextEngine() {
    return engine(module("wasi_snapshot_preview1", "_start", 2), "0.0.2");
  }

  static Engine engine(byte[] module) {
    return engine(module, "0.0.1");
  }

  private static Engine engine(byte[] module, String version) {
    return Engine.of(
        RISCV64,
        module,
        version,
        List.of(new Component("Linux", "6.1.1", "GPL-2.0-only", "https://example.org/linux")));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
