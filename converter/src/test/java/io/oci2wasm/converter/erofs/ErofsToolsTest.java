package io.oci2wasm.converter.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.oci2wasm.converter.rootfs.Layers;
import io.oci2wasm.converter.rootfs.TarBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agreement with the reference tools, where erofs-utils is installed. */
class ErofsToolsTest {
  private Path directory;
  private Path image;

  @BeforeEach
  void setUp(@TempDir Path temporary) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/fsck.erofs")), "erofs-utils is not installed");
    directory = temporary;
    image = temporary.resolve("image.erofs");
    TarBytes archive = new TarBytes().directory("etc").symlink("link", "etc/passwd").fifo("pipe");
    archive
        .device('3', "null", 1, 3)
        .file("etc/passwd", "root:x:0:0\n")
        .hardLink("hard", "etc/passwd");
    archive.pax("SCHILY.xattr.user.a=b").file("attributed", "x".repeat(5000));
    for (int i = 0; i < 500; i++) {
      archive.file("many/file-" + i, "y".repeat(i * 37));
    }
    Layers layers = new Layers(Files.createDirectory(temporary.resolve("layers")));
    Files.write(image, ErofsImageTest.image(layers.add(archive)));
  }

  private String run(String... command) throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(List.of(command))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor()).as(() -> String.join(" ", command)).isZero();
    return Files.readString(log);
  }

  @Test
  void shouldPassTheReferenceCheckAndGiveItsContentBack() throws Exception {
    // Given
    Path extracted = directory.resolve("extracted");

    // When
    run("fsck.erofs", "--no-preserve", "--extract=" + extracted, image.toString());

    // Then
    assertThat(extracted.resolve("etc/passwd")).hasContent("root:x:0:0");
    assertThat(Files.readSymbolicLink(extracted.resolve("link"))).isEqualTo(Path.of("etc/passwd"));
    assertThat(extracted.resolve("attributed")).hasContent("x".repeat(5000));
    assertThat(extracted.resolve("many/file-499")).hasContent("y".repeat(499 * 37));
    try (var files = Files.list(extracted.resolve("many"))) {
      assertThat(files).hasSize(500);
    }
  }

  @Test
  void shouldBeNoLargerThanTheReferenceWritersImage() throws Exception {
    // Given
    Path extracted = directory.resolve("extracted");
    Path reference = directory.resolve("reference.erofs");
    run("fsck.erofs", "--no-preserve", "--extract=" + extracted, image.toString());

    // When
    run("mkfs.erofs", "--quiet", reference.toString(), extracted.toString());

    // Then
    assertThat((double) Files.size(image) / Files.size(reference)).isLessThan(1.03);
  }

  @Test
  void shouldShowWhatTheReferenceToolShows() throws Exception {
    // Given, When
    String shown = run("dump.erofs", "-s", image.toString());

    // Then
    assertThat(shown).contains("0xE0F5E1E2").contains("sb_csum mtime").contains("inode count");
    assertThat(new String(Files.readAllBytes(image), StandardCharsets.ISO_8859_1))
        .contains("attributed");
  }
}
