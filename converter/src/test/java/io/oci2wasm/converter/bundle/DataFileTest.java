package io.oci2wasm.converter.bundle;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.converter.frame.FrameTable;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataFileTest {
  /** Two frames, of 7 and 5 bytes; the second is stored as it is. */
  private static final FrameTable FRAMES =
      new FrameTable.Builder().add(7, false, 0).add(5, true, 0).build();

  private static final Sha256Digest LAYER = Sha256Digest.of("layer".getBytes(US_ASCII));

  @TempDir Path folder;

  private static DataFile data(List<Sha256Digest> layers) {
    return DataFile.of("app.data", FRAMES.encode(), FRAMES.storedBytes(), layers);
  }

  private Path written(DataFile data) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write("both frames.".getBytes(US_ASCII));
    data.writeEnd(Channels.newChannel(out));
    return Files.write(folder.resolve("app.data"), out.toByteArray());
  }

  @Test
  void shouldWriteTheDocumentedHeader() {
    // Given
    DataFile data = data(List.of(LAYER));

    // When
    ByteBuffer header = ByteBuffer.wrap(new PayloadHeader(18, FRAMES, null, data).encode());

    // Then: version 3, no frames here, the identity, the name, two entries
    byte[] identified = Arrays.copyOf(new byte[] {7, 0, 0, 0, 5, 0, 0, (byte) 0x80}, 8 + 72);
    System.arraycopy((LAYER + "\n").getBytes(US_ASCII), 0, identified, 8, 72);
    assertThat(header.capacity()).isEqualTo(48 + 8 + 32 + 256 + 8);
    assertThat(header.get(8)).isEqualTo((byte) 3);
    assertThat(header.get(32)).isEqualTo((byte) 12);
    assertThat(header.getLong(48)).isZero();
    assertThat(Sha256Digest.from(Arrays.copyOfRange(header.array(), 56, 88)))
        .isEqualTo(Sha256Digest.of(identified));
    assertThat(Arrays.copyOfRange(header.array(), 88, 97))
        .isEqualTo("app.data\0".getBytes(US_ASCII));
    assertThat(PayloadHeader.dataFile(header)).contains(data);
    assertThat(PayloadHeader.frames(header).encode()).isEqualTo(FRAMES.encode());
  }

  @Test
  void shouldTellFilesOfOtherLayersApart() {
    assertThat(data(List.of(LAYER)).identity())
        .isNotEqualTo(data(List.of(LAYER, LAYER)).identity());
  }

  @Test
  void shouldReadNoDataFileFromTheHeaderOfAWholeBundle() {
    byte[] header = new PayloadHeader(18, FRAMES, null, null).encode();

    assertThat(PayloadHeader.dataFile(ByteBuffer.wrap(header))).isEmpty();
    assertThat(PayloadHeader.dataFile(ByteBuffer.allocate(0))).isEmpty();
  }

  @Test
  void shouldRefuseAHeaderCutOffAnywhere() {
    // Given
    byte[] header = new PayloadHeader(18, FRAMES, null, data(List.of())).encode();

    for (int length = 0; length < 48 + 296; length++) {
      ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(header, length));

      // When, Then
      assertThat(PayloadHeader.dataFile(cut)).isEmpty();
      assertThatThrownBy(() -> PayloadHeader.frames(cut))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("payload header");
    }
  }

  @Test
  void shouldKnowItsOwnFile() throws Exception {
    // Given
    DataFile data = data(List.of(LAYER));

    // When
    Path file = written(data);

    // Then
    assertThat(file).hasSize(data.sizeBytes());
    assertThat(DataFile.fault(data.sizeBytes(), data.identity(), file)).isEmpty();
  }

  @Test
  void shouldSayWhatIsWrongWithAnother() throws Exception {
    // Given
    DataFile data = data(List.of(LAYER));
    Path file = written(data(List.of()));

    // When, Then
    assertThat(DataFile.fault(data.sizeBytes(), data.identity(), file))
        .contains("found the data of another bundle");
    Files.write(file, new byte[51]);
    assertThat(DataFile.fault(data.sizeBytes(), data.identity(), file))
        .contains("found 51 bytes, expected 52");
    Files.delete(file);
    assertThat(DataFile.fault(data.sizeBytes(), data.identity(), file))
        .contains("found no such file");
    assertThat(DataFile.fault(data.sizeBytes(), data.identity(), folder))
        .contains("found no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "a\0b"})
  void shouldRefuseNamesThatAreNone(String name) {
    assertThatThrownBy(() -> DataFile.of(name, FRAMES.encode(), FRAMES.storedBytes(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("data file: found the name");
  }

  @Test
  void shouldTakeNamesOf255Bytes() {
    assertThat(
            DataFile.of("n".repeat(255), FRAMES.encode(), FRAMES.storedBytes(), List.of()).name())
        .hasSize(255);
    assertThatThrownBy(
            () ->
                DataFile.of(
                    "n".repeat(254) + "ü", FRAMES.encode(), FRAMES.storedBytes(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
