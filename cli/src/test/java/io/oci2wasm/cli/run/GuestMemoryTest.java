package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.types.MemoryLimits;

class GuestMemoryTest {
  private static final int END = 2 * Memory.PAGE_SIZE;

  private final GuestMemory memory =
      new GuestMemory(new MemoryLimits(2, 100), List.of(ByteBuffer.wrap(new byte[] {1, 2, 3, 4})));

  @Test
  void shouldKeepNumbersLittleEndianAtAnyAddress() {
    // When
    memory.writeLong(13, 0x8877665544332211L);

    // Then
    assertThat(memory.readBytes(13, 8))
        .containsExactly(0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88);
    assertThat(memory.readInt(15)).isEqualTo(0x66554433);
    assertThat(memory.readU16(19)).isEqualTo(0x8877);
    assertThat(memory.readShort(19)).isEqualTo((short) 0x8877);
    assertThat(memory.read(20)).isEqualTo((byte) 0x88);
  }

  @Test
  void shouldCopyOverlappingRangesAsIfAtOnce() {
    // Given
    memory.write(0, new byte[] {1, 2, 3, 4}, 0, 4);

    // When
    memory.copy(1, 0, 4);

    // Then
    assertThat(memory.readBytes(0, 5)).containsExactly(1, 1, 2, 3, 4);
  }

  @Test
  void shouldReadPassiveSegmentsUntilTheyAreDropped() {
    // When
    memory.initPassiveSegment(0, 8, 1, 2);
    memory.drop(0);

    // Then
    assertThat(memory.readBytes(8, 2)).containsExactly(2, 3);
    assertThatThrownBy(() -> memory.initPassiveSegment(0, 8, 1, 2))
        .isInstanceOf(WasmRuntimeException.class);
  }

  @Test
  void shouldGrowWithZerosAndKeepWhatIsThere() {
    // Given
    memory.writeI32(END - 4, 42);

    // When
    int before = memory.grow(3);

    // Then
    assertThat(before).isEqualTo(2);
    assertThat(memory.pages()).isEqualTo(5);
    assertThat(memory.readInt(END - 4)).isEqualTo(42);
    assertThat(memory.readLong(5 * Memory.PAGE_SIZE - 8)).isZero();
  }

  @Test
  void shouldNotGrowBeyondItsLimit() {
    // When
    int refused = memory.grow(99);

    // Then
    assertThat(refused).isEqualTo(-1);
    assertThat(memory.pages()).isEqualTo(2);
    assertThat(memory.grow(98)).isEqualTo(2);
  }

  @Test
  void shouldNotGrowBeyondWhatAnArrayHolds() {
    // Given
    GuestMemory unlimited = new GuestMemory(new MemoryLimits(1), List.of());

    // When
    int refused = unlimited.grow(GuestMemory.MAX_PAGES);

    // Then
    assertThat(refused).isEqualTo(-1);
    assertThat(unlimited.grow(-1)).isEqualTo(-1);
  }

  static Stream<Consumer<GuestMemory>> accessesBeyondTheEnd() {
    return Stream.of(
        memory -> memory.read(END),
        memory -> memory.writeByte(END, (byte) 1),
        memory -> memory.readShort(END - 1),
        memory -> memory.writeShort(END - 1, (short) 1),
        memory -> memory.readInt(END - 3),
        memory -> memory.writeI32(END - 3, 1),
        memory -> memory.readLong(END - 7),
        memory -> memory.writeLong(END - 7, 1),
        memory -> memory.readDouble(END - 7),
        memory -> memory.writeF64(END - 7, 1),
        memory -> memory.readFloat(END - 3),
        memory -> memory.writeF32(END - 3, 1),
        memory -> memory.read(-1),
        memory -> memory.readInt(Integer.MIN_VALUE),
        memory -> memory.readBytes(END - 1, 2),
        memory -> memory.write(END - 1, new byte[2], 0, 2),
        memory -> memory.fill((byte) 1, END - 1, END + 1),
        memory -> memory.copy(END - 1, 0, 2),
        memory -> memory.initPassiveSegment(0, END - 1, 0, 2),
        memory -> memory.initPassiveSegment(0, 0, 3, 2));
  }

  @ParameterizedTest
  @MethodSource("accessesBeyondTheEnd")
  void shouldTrapBeyondTheEnd(Consumer<GuestMemory> access) {
    assertThatThrownBy(() -> access.accept(memory))
        .isInstanceOf(WasmRuntimeException.class)
        .hasMessageContaining("out of bounds memory access");
  }
}
