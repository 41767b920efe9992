package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import run.endive.runtime.HostFunction;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.ValType;

class ControlReadTest {
  private static final int VECTORS = 0;
  private static final int COUNT = 64;
  private static final int BYTES = 128;

  private final GuestMemory memory = new GuestMemory(new MemoryLimits(1, 1), List.of());
  private final ControlLines control = new ControlLines();
  private final ControlRead read =
      new ControlRead(
          control,
          new HostFunction(
              "wasi_snapshot_preview1",
              ControlRead.NAME,
              FunctionType.of(List.of(), List.of(ValType.I32)),
              (instance, arguments) -> new long[] {8}));

  @Test
  void shouldReadLinesInTheOrderOfSaying() {
    // Given
    control.windowSize(new WindowSize(24, 80));
    control.signal(15);

    // When
    String text = read(100);

    // Then
    assertThat(text).isEqualTo("winsize 24 80\nsignal 15\n");
    assertThat(control.available()).isZero();
  }

  @Test
  void shouldKeepWhatDoesNotFit() {
    // Given
    control.signal(15);

    // When
    String first = read(3);
    String rest = read(100);

    // Then
    assertThat(first).isEqualTo("sig");
    assertThat(rest).isEqualTo("nal 15\n");
  }

  @Test
  void shouldLeaveOtherDescriptorsToTheLibrary() {
    // When
    long[] result = read.function().handle().apply(null, 0, VECTORS, 1, COUNT);

    // Then
    assertThat(result).containsExactly(8);
  }

  private String read(int capacity) {
    memory.writeI32(VECTORS, BYTES);
    memory.writeI32(VECTORS + 4, capacity);
    read.read(memory, VECTORS, 1, COUNT);
    return new String(memory.readBytes(BYTES, memory.readInt(COUNT)), US_ASCII);
  }
}
