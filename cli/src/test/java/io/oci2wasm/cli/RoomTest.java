package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.ingest.source.layout.LayoutFolder;
import io.oci2wasm.ingest.source.layout.LayoutSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RoomTest {
  private static final Path FOLDER = Path.of("/tmp/layers");

  private static Room with(long free) {
    return new Room(folder -> folder.equals(FOLDER) ? free : -1);
  }

  private static List<PlatformImage> images() throws Exception {
    try (LayoutSource source = new LayoutSource(new LayoutFolder(Samples.LAYOUT), null, "sample")) {
      return ImageWalk.walk(source.root(), source, platform -> true).wanted();
    }
  }

  private static long half() throws Exception {
    return images().stream()
            .flatMap(image -> image.manifest().layers().stream())
            .collect(Collectors.toMap(Descriptor::digest, Descriptor::size, (one, same) -> one))
            .values()
            .stream()
            .mapToLong(size -> size)
            .sum()
        / 2;
  }

  @Test
  void shouldTakeJustEnough() {
    assertThatCode(() -> with(half()).check(images(), Optional.of(FOLDER)))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldRefuseATemporaryFolderWithoutRoom() throws Exception {
    Room room = with(half() - 1);

    assertThatThrownBy(() -> room.check(images(), Optional.of(FOLDER)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("converting in " + FOLDER + ": found ")
        .hasMessageContaining("half of what the image's compressed layers take")
        .hasMessageContaining("-Djava.io.tmpdir=DIR");
  }

  @Test
  void shouldCountALayerOfSeveralImagesOnce() throws Exception {
    List<PlatformImage> twice = Stream.of(images(), images()).flatMap(List::stream).toList();

    assertThatCode(() -> with(half()).check(twice, Optional.of(FOLDER))).doesNotThrowAnyException();
  }

  @Test
  void shouldNotAskForRoomOfLayersThatMayBeThere() {
    assertThatCode(() -> with(0).check(images(), Optional.empty())).doesNotThrowAnyException();
  }
}
