package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.ingest.source.layout.LayoutFolder;
import io.oci2wasm.ingest.source.layout.LayoutSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoomTest {
  private static final Path LAYERS = Path.of("/tmp/layers");
  private static final Path OUTPUT = Path.of("/data/app.wasm");

  /** Free bytes by place; those of one size share their room. */
  private static Room with(long ofLayers, long ofOutput) {
    Map<Path, Long> free = Map.of(LAYERS, ofLayers, OUTPUT, ofOutput);
    return new Room(
        new Room.Places() {
          @Override
          public Object store(Path place) {
            return freeBytes(place);
          }

          @Override
          public long freeBytes(Path place) {
            return free.getOrDefault(place, -1L);
          }
        });
  }

  private static List<PlatformImage> images() throws Exception {
    try (LayoutSource source = new LayoutSource(new LayoutFolder(Samples.LAYOUT), null, "sample")) {
      return ImageWalk.walk(source.root(), source, platform -> true).wanted();
    }
  }

  private static long half() throws Exception {
    return images().stream()
            .flatMap(image -> image.manifest().layers().stream())
            .mapToLong(layer -> layer.size())
            .sum()
        / 2;
  }

  @Test
  void shouldTakeJustEnough() {
    assertThatCode(() -> with(half(), half() + 1).check(images(), Optional.of(LAYERS), OUTPUT))
        .doesNotThrowAnyException();
    assertThatCode(() -> with(2 * half(), 2 * half()).check(images(), Optional.of(LAYERS), OUTPUT))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldRefuseAnOutputWithoutRoom() throws Exception {
    Room room = with(1L << 40, half() - 1);

    assertThatThrownBy(() -> room.check(images(), Optional.of(LAYERS), OUTPUT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("converting to " + OUTPUT + ": found ")
        .hasMessageContaining("half of what the image's compressed layers take")
        .hasMessageContaining("name another folder with -o");
  }

  @Test
  void shouldRefuseATemporaryFolderWithoutRoom() throws Exception {
    Room room = with(half() - 1, 1L << 40);

    assertThatThrownBy(() -> room.check(images(), Optional.of(LAYERS), OUTPUT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("converting to " + LAYERS + ": found ")
        .hasMessageContaining("-Djava.io.tmpdir=DIR");
  }

  @Test
  void shouldNotAskForRoomOfLayersThatMayBeThere() {
    assertThatCode(() -> with(0, half()).check(images(), Optional.empty(), OUTPUT))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldWantRoomForBothWhereTheyShareIt() throws Exception {
    Room room = with(2 * half() - 1, 2 * half() - 1);

    assertThatThrownBy(() -> room.check(images(), Optional.of(LAYERS), OUTPUT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("converting to " + OUTPUT);
  }
}
