package io.oci2wasm.converter.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Sha256Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameOutputTest {
  private static final int FRAME = FrameTable.FRAME_BYTES;

  /** Three frames and a bit: text, noise, zeros, text. */
  private static byte[] content() {
    byte[] content = new byte[3 * FRAME + 8192];
    byte[] line = "whole blocks of the layer's files\n".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < content.length; i++) {
      content[i] = line[(i + i / 500) % line.length];
    }
    byte[] noise = new byte[FRAME];
    new Random(1).nextBytes(noise);
    System.arraycopy(noise, 0, content, FRAME, FRAME);
    Arrays.fill(content, 2 * FRAME, 3 * FRAME, (byte) 0);
    return content;
  }

  @Test
  void shouldCompressWhatShrinksAndStoreTheRestAsItIs() throws Exception {
    // Given
    byte[] content = content();
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    // When
    FrameTable table = Frames.write(content, FrameCompression.DEFAULT, out);

    // Then
    assertThat(table.count()).isEqualTo(4);
    assertThat(table.asIs(0)).isFalse();
    assertThat(table.sizeBytes(0)).isLessThan(4096);
    assertThat(table.asIs(1)).isTrue();
    assertThat(table.sizeBytes(1)).isEqualTo(FRAME);
    assertThat(table.sizeBytes(2)).isLessThan(64);
    assertThat(table.storedBytes()).isEqualTo(out.size());
    assertThat(Frames.contents(table, ByteBuffer.wrap(out.toByteArray())))
        .isEqualTo(Arrays.copyOf(content, 4 * FRAME));
  }

  @Test
  void shouldGiveTheSameBytesInWhateverPiecesTheContentComes() throws Exception {
    // Given
    byte[] content = content();
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    FrameTable table = Frames.write(content, FrameCompression.DEFAULT, whole);
    ByteArrayOutputStream pieces = new ByteArrayOutputStream();

    // When
    FrameTable other;
    try (FrameOutput frames = new FrameOutput(pieces, FrameCompression.DEFAULT)) {
      frames.write(content[0]);
      for (int at = 1, size = 1; at < content.length; at += size, size = size * 3 % 70_001) {
        size = Math.min(size, content.length - at);
        frames.write(content, at, size);
      }
      other = frames.finish();
    }

    // Then
    assertThat(pieces.toByteArray()).isEqualTo(whole.toByteArray());
    assertThat(other.encode()).isEqualTo(table.encode());
  }

  /** Another digest here is another zstd: the packer version must then be another one, too. */
  @Test
  void shouldGiveTheBytesThatThePackerVersionNames() throws Exception {
    // Given
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    // When
    Frames.write(content(), FrameCompression.DEFAULT, out);

    // Then
    assertThat(FrameCompression.DEFAULT.version()).isEqualTo("zstd-1-1.5.7-8");
    assertThat(Sha256Digest.of(out.toByteArray()).hex())
        .isEqualTo("b3d46058689a2b26a326596897d5894ef21e095261ee076a762943cd2fee71e1");
  }

  @Test
  void shouldStoreEverythingAsItIsWithoutCompression() throws Exception {
    // Given
    byte[] content = content();
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    // When
    FrameTable table = Frames.write(content, FrameCompression.NONE, out);

    // Then
    assertThat(out.toByteArray()).isEqualTo(content);
    assertThat(table.count()).isEqualTo(4);
    assertThat(table.asIs(3)).isTrue();
    assertThat(table.sizeBytes(3)).isEqualTo(8192);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zstd:1", "zstd:3"})
  void shouldReadAnyRangeBack(String compression) throws Exception {
    // Given
    byte[] content = content();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameTable table = Frames.write(content, FrameCompression.parse(compression), out);

    // When
    byte[] range = Frames.read(table, out.toByteArray(), 4096, 3L * FRAME);

    // Then
    assertThat(range).isEqualTo(Arrays.copyOfRange(content, 4096, 4096 + 3 * FRAME));
  }

  @Test
  void shouldNameTheFrameThatIsDamagedOrLacksWhatIsRead() throws Exception {
    // Given
    byte[] content = content();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameTable table = Frames.write(content, FrameCompression.DEFAULT, out);
    byte[] damaged = out.toByteArray();
    damaged[(int) table.start(2) + 12] ^= 1;

    // When, Then
    assertThatThrownBy(() -> Frames.read(table, damaged, 2L * FRAME, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reading a layer, frame 2: found ")
        .hasMessageContaining("expected a whole frame");
    assertThatThrownBy(() -> Frames.read(table, out.toByteArray(), 3L * FRAME, 8193))
        .hasMessageContaining("frame 3: found 8192 bytes");
    assertThatThrownBy(() -> Frames.read(table, out.toByteArray(), 4L * FRAME, 1))
        .hasMessageContaining("frame 4: found no such frame, only 4");
  }

  @Test
  void shouldReadItsOwnTablesAndRefuseOthers() throws Exception {
    // Given
    FrameTable table =
        Frames.write(content(), FrameCompression.DEFAULT, new ByteArrayOutputStream());

    // When
    FrameTable read = FrameTable.decode(ByteBuffer.wrap(table.encode()));

    // Then
    assertThat(read.storedBytes()).isEqualTo(table.storedBytes());
    assertThat(read.encode()).isEqualTo(table.encode());
    assertThatThrownBy(() -> FrameTable.decode(ByteBuffer.allocate(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 3 bytes");
    assertThatThrownBy(() -> FrameTable.decode(ByteBuffer.allocate(4)))
        .hasMessageContaining("found frame 0 of 0 bytes");
    assertThatThrownBy(() -> new FrameTable.Builder().add(FRAME + 1, true, 0).build())
        .hasMessageContaining("found frame 0 of 131073 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gzip", "zstd:", "zstd:0", "zstd:20", "zstd:-1", "zstd:3 ", "none:1"})
  void shouldRefuseOtherCompressions(String text) {
    assertThatThrownBy(() -> FrameCompression.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("compression: found ");
  }

  @Test
  void shouldTakeLevelsFromOneToNineteen() {
    assertThat(FrameCompression.parse("zstd")).isEqualTo(FrameCompression.DEFAULT);
    assertThat(FrameCompression.parse("none")).hasToString("none");
    assertThat(FrameCompression.parse("zstd:1")).hasToString("zstd:1");
    assertThat(FrameCompression.parse("zstd:19").version()).startsWith("zstd-19-");
  }
}
