package io.oci2wasm.ingest.source.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.TestLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchivesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldReadAnOciLayoutInATar(boolean compressed) throws Exception {
    // Given
    TestLayout layout = new TestLayout(Files.createDirectory(folder.resolve("layout")));
    Descriptor image = layout.addImage("1", "file");
    byte[] tar = TestLayout.tarOf(layout.write());
    Path file = write(compressed ? gzip(tar) : tar);

    // When
    byte[] layer;
    try (ImageSource source = Archives.openOci(file, "1", "oci-archive:test")) {
      assertThat(source.root()).isEqualTo(image);
      layer = readLayer(source, only(source));
    }

    // Then
    assertThat(layer).isEqualTo(TestLayout.layer("file"));
  }

  @Test
  void shouldReadWhatDockerSaves() throws Exception {
    // Given
    byte[] layer = TestLayout.layer("file");
    byte[] config = TestLayout.config(layer);
    Path file = write(TestLayout.tar(saved(config, layer)));

    // When
    try (ImageSource source = Archives.openDocker(file, "app:1", "docker-archive:test")) {
      PlatformImage image = only(source);

      // Then
      assertThat(image.platform()).hasToString("linux/riscv64");
      assertThat(source.identity(image).digest()).isEqualTo(Sha256Digest.of(config));
      assertThat(readLayer(source, image)).isEqualTo(layer);
      assertThat(image.manifest().layers().get(0).digest()).isEqualTo(Sha256Digest.of(layer));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldTellFromAStreamWhichArchiveItIs(boolean compressed) throws Exception {
    // Given
    byte[] layer = TestLayout.layer("file");
    byte[] docker = TestLayout.tar(saved(TestLayout.config(layer), layer));
    TestLayout layout = new TestLayout(Files.createDirectory(folder.resolve("layout")));
    Descriptor image = layout.addImage("1", "file");
    byte[] oci = TestLayout.tarOf(layout.write());

    // When
    try (ImageSource ofDocker = stream(compressed ? gzip(docker) : docker);
        ImageSource ofOci = stream(compressed ? gzip(oci) : oci)) {

      // Then
      assertThat(readLayer(ofDocker, only(ofDocker))).isEqualTo(layer);
      assertThat(ofOci.root()).isEqualTo(image);
    }
  }

  private static ImageSource stream(byte[] archive) throws Exception {
    return Archives.open(new ByteArrayInputStream(archive), "standard input");
  }

  @Test
  void shouldGiveACompressedLayerItsOwnDigest() throws Exception {
    // Given
    byte[] plain = TestLayout.layer("file");
    byte[] compressed = gzip(plain);
    Path file = write(TestLayout.tar(saved(TestLayout.config(plain), compressed)));

    // When
    try (ImageSource source = Archives.openDocker(file, "1", "docker-archive:test")) {
      Descriptor layer = only(source).manifest().layers().get(0);

      // Then
      assertThat(layer.digest()).isEqualTo(Sha256Digest.of(compressed));
      assertThat(layer.size()).isEqualTo(compressed.length);
    }
  }

  @Test
  void shouldFollowLinksWithinTheTar() throws Exception {
    // Given
    byte[] layer = TestLayout.layer("file");
    Map<String, byte[]> files = saved(TestLayout.config(layer), layer);
    files.put("store/layer.tar", files.remove("layer.tar"));
    Path file = write(withLink(files, "a/layer.tar", "../store/layer.tar"));

    // When
    try (ImageSource source = Archives.openDocker(file, null, "docker-archive:test")) {

      // Then
      assertThat(readLayer(source, only(source))).isEqualTo(layer);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"layer.tar", "../../../../etc/passwd", "/etc/passwd"})
  void shouldNotFollowLinksInACircleOrOutside(String target) throws Exception {
    // Given
    byte[] layer = TestLayout.layer("file");
    Map<String, byte[]> files = saved(TestLayout.config(layer), layer);
    files.remove("layer.tar");
    Path file = write(withLink(files, "layer.tar", target));

    // When
    RejectedException e = refusal(file);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(e).hasMessageContaining("layer.tar of docker-archive:test");
  }

  @Test
  void shouldNameTheImagesWhereSeveralAreThereAndNoneIsChosen() throws Exception {
    // Given
    String two =
        "[{\"Config\":\"c\",\"RepoTags\":[\"app:1\"],\"Layers\":[]},"
            + "{\"Config\":\"c\",\"RepoTags\":[\"app:2\"],\"Layers\":[]}]";
    Path file = write(TestLayout.tar(Map.of("manifest.json", two.getBytes(UTF_8))));

    // When
    RejectedException e = refusal(file);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(e).hasMessageContaining("found app:1, app:2, expected one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[{}]", "[1]", "["})
  void shouldRejectAManifestThatIsNone(String json) throws Exception {
    // Given
    Path file = write(TestLayout.tar(Map.of("manifest.json", json.getBytes(UTF_8))));

    // When
    RejectedException e = refusal(file);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(e).hasMessageContaining("manifest.json of docker-archive:test");
  }

  @Test
  void shouldRejectWhatIsNoTar() throws Exception {
    // Given
    byte[] noise = new byte[2048];
    Arrays.fill(noise, (byte) 'x');
    Path file = write(noise);

    // When
    RejectedException e = refusal(file);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(e).hasMessageContaining(file.toString()).hasMessageContaining("expected a tar");
  }

  @Test
  void shouldRejectATruncatedCompressedTarAndLeaveNothingBehind() throws Exception {
    // Given
    byte[] compressed = gzip(TestLayout.layer("file"));
    Path file = write(Arrays.copyOf(compressed, compressed.length / 2));
    long before = temporaryArchives();

    // When
    RejectedException e = refusal(file);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(temporaryArchives()).isEqualTo(before);
  }

  private RejectedException refusal(Path file) {
    return catchThrowableOfType(
        RejectedException.class,
        () -> {
          try (ImageSource source = Archives.openDocker(file, null, "docker-archive:test")) {
            source.root();
          }
        });
  }

  private static long temporaryArchives() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(file -> file.toString().contains("oci2wasm-archive-")).count();
    }
  }

  private static PlatformImage only(ImageSource source) throws Exception {
    return ImageWalk.walk(source.root(), source, (Platform any) -> true).wanted().get(0);
  }

  private static byte[] readLayer(ImageSource source, PlatformImage image) throws Exception {
    try (InputStream in = source.blob(image.manifest().layers().get(0))) {
      return in.readAllBytes();
    }
  }

  private static Map<String, byte[]> saved(byte[] config, byte[] layer) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("manifest.json", manifest("layer.tar"));
    files.put("config.json", config);
    files.put("layer.tar", layer);
    return files;
  }

  private static byte[] manifest(String layerPath) {
    return ("[{\"Config\":\"config.json\",\"RepoTags\":[\"app:1\"],\"Layers\":[\""
            + layerPath
            + "\"]}]")
        .getBytes(UTF_8);
  }

  /** A tar of {@code files} in which the image's layer is the symbolic link {@code link}. */
  private static byte[] withLink(Map<String, byte[]> files, String link, String target)
      throws IOException {
    files.put("manifest.json", manifest(link));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry(link, TarConstants.LF_SYMLINK);
      entry.setLinkName(target);
      out.putArchiveEntry(entry);
      out.closeArchiveEntry();
      out.flush();
    }
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    // The entry without the empty blocks that end a tar, so that others can follow.
    joined.write(bytes.toByteArray(), 0, TarConstants.DEFAULT_RCDSIZE);
    joined.writeBytes(TestLayout.tar(files));
    return joined.toByteArray();
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(folder.resolve("image.tar"), content);
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }
}
