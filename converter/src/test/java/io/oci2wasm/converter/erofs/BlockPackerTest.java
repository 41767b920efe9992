package io.oci2wasm.converter.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlockPackerTest {
  private final BlockPacker packer = new BlockPacker(1152);

  @Test
  void shouldBeginBehindWhatIsReserved() {
    assertThat(packer.place(64)).isEqualTo(1152);
    assertThat(packer.place(33)).isEqualTo(1216);
    assertThat(packer.place(1)).isEqualTo(1280);
    assertThat(packer.blocks()).isEqualTo(1);
  }

  @Test
  void shouldTakeTheFullestBlockThatHasRoom() {
    // Given: 2944 bytes are free in the first block
    packer.place(2048);
    long second = packer.place(3200);

    // When
    long intoFirst = packer.place(896);
    long intoSecond = packer.place(896);

    // Then
    assertThat(second).isEqualTo(4096);
    assertThat(intoFirst).isIn(1152L + 2048, 4096L + 3200);
    assertThat(intoSecond).isIn(1152L + 2048, 4096L + 3200).isNotEqualTo(intoFirst);
    assertThat(packer.place(32)).isEqualTo(8192);
  }

  @Test
  void shouldNeverLetWhatFitsIntoBlockCrossIt() {
    for (int size = 1; size <= 4096; size += 31) {
      long at = packer.place(size);
      assertThat(at / 4096).isEqualTo((at + size - 1) / 4096);
    }
  }

  @Test
  void shouldGiveWhatIsLargerThanBlockRunOfItsOwn() {
    // Given, When
    long large = packer.place(9000);

    // Then
    assertThat(large).isEqualTo(4096);
    assertThat(packer.blocks()).isEqualTo(4);
    // What the last block of the run leaves free is used.
    assertThat(packer.place(3000)).isEqualTo(4096 + 9024);
  }
}
