package io.oci2wasm.converter.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.frame.Frames;
import io.oci2wasm.converter.rootfs.Layers;
import io.oci2wasm.converter.rootfs.TarBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FramedImageTest {
  private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

  private Layers layers;
  private FrameTable data = FrameTable.EMPTY;

  @BeforeEach
  void setUp(@TempDir Path directory) {
    layers = new Layers(directory);
  }

  /** The image as a guest sees it. */
  private byte[] image() throws Exception {
    FramedImage image = new FramedImage(layers.tree(), ID, layers.frames());
    ByteArrayOutputStream metadata = new ByteArrayOutputStream();
    image.writeMetadata(layers, Channels.newChannel(metadata));
    int metadataFrames = (metadata.size() + FrameTable.FRAME_BYTES - 1) / FrameTable.FRAME_BYTES;
    data = image.dataFrames();
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    List<Long> progress = new ArrayList<>();
    image.writeData(layers, Channels.newChannel(frames), progress::add);
    assertThat(frames.size()).isEqualTo((int) data.storedBytes());
    if (!progress.isEmpty()) {
      assertThat(progress.get(progress.size() - 1)).isEqualTo(data.storedBytes());
    }
    byte[] bytes =
        Arrays.copyOf(
            metadata.toByteArray(), (metadataFrames + data.count()) * FrameTable.FRAME_BYTES);
    byte[] contents = Frames.contents(data, ByteBuffer.wrap(frames.toByteArray()));
    System.arraycopy(contents, 0, bytes, metadataFrames * FrameTable.FRAME_BYTES, contents.length);
    assertThat(bytes).hasSize((int) image.sizeBytes());
    return bytes;
  }

  private static String text(int length, String word) {
    return word.repeat(length / word.length() + 1).substring(0, length);
  }

  @Test
  void shouldHaveTheFilesOfAllLayersAtWhateverPlaceInTheirFrames() throws Exception {
    // Given
    layers
        .add(
            new TarBytes()
                .file("a", text(5000, "a"))
                .file("large", text(400_000, "large "))
                .file("b", text(300_000, "b "))
                .file("link", text(4096, "x")))
        .add(new TarBytes().file("c", text(131_072, "c ")).file("d", text(9000, "d")))
        .add(new TarBytes().hardLink("again", "link").file("empty", ""));

    // When
    ErofsReader.Tree tree = new ErofsReader(image()).tree();

    // Then
    assertThat(tree.at("/a").content()).isEqualTo(text(5000, "a"));
    assertThat(tree.at("/large").content()).isEqualTo(text(400_000, "large "));
    assertThat(tree.at("/b").content()).isEqualTo(text(300_000, "b "));
    assertThat(tree.at("/again").content()).isEqualTo(text(4096, "x"));
    assertThat(tree.at("/c").content()).isEqualTo(text(131_072, "c "));
    assertThat(tree.at("/d").content()).isEqualTo(text(9000, "d"));
    assertThat(data.count()).isEqualTo(layers.frames().stream().mapToInt(FrameTable::count).sum());
  }

  @Test
  void shouldLeaveOutFramesOfWhichNoBlockIsUsed() throws Exception {
    // Given: frames 0 to 3 of the first layer, of which only the first and the last stay
    layers
        .add(
            new TarBytes()
                .file("first", text(4096, "first "))
                .file("old", text(400_000, "old "))
                .file("last", text(50_000, "last ")))
        .add(new TarBytes().file("old", "new"));

    // When
    ErofsReader.Tree tree = new ErofsReader(image()).tree();

    // Then
    assertThat(layers.frames().get(0).count()).isEqualTo(4);
    assertThat(data.count()).isEqualTo(2);
    assertThat(data.sizeBytes(0)).isEqualTo(layers.frames().get(0).sizeBytes(0));
    assertThat(data.sizeBytes(1)).isEqualTo(layers.frames().get(0).sizeBytes(3));
    assertThat(tree.at("/first").content()).isEqualTo(text(4096, "first "));
    assertThat(tree.at("/last").content()).isEqualTo(text(50_000, "last "));
    assertThat(tree.at("/old").content()).isEqualTo("new");
  }

  @Test
  void shouldHaveNoFramesOfLayersWithoutBlocks() throws Exception {
    layers.add(new TarBytes().file("small", "small").directory("d"));

    byte[] image = image();

    assertThat(data.count()).isZero();
    assertThat(image).hasSize(FrameTable.FRAME_BYTES);
    assertThat(new ErofsReader(image).tree().at("/small").content()).isEqualTo("small");
  }
}
