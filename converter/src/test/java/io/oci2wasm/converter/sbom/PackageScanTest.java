package io.oci2wasm.converter.sbom;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.converter.Seeds;
import io.oci2wasm.converter.erofs.LayerContents;
import io.oci2wasm.converter.rootfs.FileTree;
import io.oci2wasm.converter.rootfs.Layers;
import io.oci2wasm.converter.rootfs.TarBytes;
import io.oci2wasm.converter.sbom.OsPackage.Kind;
import io.oci2wasm.converter.sbom.OsPackages.OperatingSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageScanTest {
  private static final String OS_RELEASE =
      "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n# a comment\nID=debian\nVERSION_ID='12'\n";
  private static final String BASH =
      """
      Package: bash
      Essential: yes
      Status: install ok installed
      Architecture: amd64
      Version: 5.2.15-2+b7
      Source: bash (5.2.15-2)
      Description: GNU Bourne Again SHell
       Bash is an sh-compatible command language interpreter.
       Version: 9
       .

      """;

  @TempDir private Path directory;

  private OsPackages scan(TarBytes... layers) throws Exception {
    Path folder = Files.createTempDirectory(directory, "layers");
    Layers packed = new Layers(folder);
    for (TarBytes layer : layers) {
      packed.add(layer);
    }
    return PackageScan.of(packed.tree(), packed);
  }

  @Test
  void shouldReadWhatDpkgHasInstalled() throws Exception {
    // Given
    String status =
        BASH
            + """
            Package: gone
            Status: deinstall ok config-files
            Version: 1

            Package: libc6
            Status: install ok installed
            Source: glibc
            Version: 2.36-9+deb12u8
            Architecture: amd64
            """;

    // When
    OsPackages packages =
        scan(
            new TarBytes()
                .file("usr/lib/os-release", OS_RELEASE)
                .symlink("etc/os-release", "../usr/lib/os-release")
                .file("var/lib/dpkg/status", "Package: old\nVersion: 1\n"),
            new TarBytes().file("var/lib/dpkg/status", status));

    // Then
    assertThat(packages)
        .isEqualTo(
            new OsPackages(
                new OperatingSystem("debian", "12", "Debian GNU/Linux 12 (bookworm)"),
                List.of(
                    new OsPackage(Kind.DEB, "bash", "5.2.15-2+b7", "amd64", null, "5.2.15-2", null),
                    new OsPackage(
                        Kind.DEB, "libc6", "2.36-9+deb12u8", "amd64", "glibc", null, null)),
                List.of()));
  }

  @Test
  void shouldReadTheFilesOfDistrolessImages() throws Exception {
    OsPackages packages =
        scan(
            new TarBytes()
                .file("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024b-0+deb12u1\n")
                .file("var/lib/dpkg/status.d/tzdata.md5sums", "Package: none\nVersion: 1\n")
                .file("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12.4"));

    assertThat(packages.packages())
        .extracting(OsPackage::name, OsPackage::version)
        .containsExactly(tuple("base-files", "12.4"), tuple("tzdata", "2024b-0+deb12u1"));
    assertThat(packages.system()).isNull();
  }

  @Test
  void shouldReadWhatApkHasInstalled() throws Exception {
    OsPackages packages =
        scan(
            new TarBytes()
                .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n")
                .symlink("lib", "usr/lib")
                .file(
                    "usr/lib/apk/db/installed",
                    """
                    C:Q1abc=
                    P:musl
                    V:1.2.5-r0
                    A:x86_64
                    L:MIT
                    o:musl
                    F:lib
                    R:libc.musl-x86_64.so.1

                    P:ssl_client
                    V:1.36.1-r29
                    A:x86_64
                    L:GPL-2.0-only
                    o:busybox
                    """));

    assertThat(packages.packages())
        .containsExactly(
            new OsPackage(Kind.APK, "musl", "1.2.5-r0", "x86_64", null, null, "MIT"),
            new OsPackage(
                Kind.APK, "ssl_client", "1.36.1-r29", "x86_64", "busybox", null, "GPL-2.0-only"));
    assertThat(packages.gaps()).isEmpty();
  }

  @Test
  void shouldSayThatRpmIsNotRead() throws Exception {
    OsPackages packages = scan(new TarBytes().file("var/lib/rpm/rpmdb.sqlite", "SQLite format 3"));

    assertThat(packages.packages()).isEmpty();
    assertThat(packages.gaps())
        .containsExactly("packages of rpm, whose database var/lib/rpm/rpmdb.sqlite is not read");
  }

  @Test
  void shouldFindNothingInAnEmptyImageOrBehindLinksThatLeadNowhere() throws Exception {
    assertThat(scan(new TarBytes())).isEqualTo(new OsPackages(null, none(), List.of()));
    assertThat(
            scan(
                new TarBytes()
                    .symlink("var", "../../var")
                    .symlink("etc", "/nowhere")
                    .symlink("lib", "lib")
                    .directory("usr/lib/apk/db/installed")))
        .isEqualTo(new OsPackages(null, none(), List.of()));
  }

  private static List<OsPackage> none() {
    return List.of();
  }

  @Test
  void shouldLeaveOutWhatIsNoNameOrVersion() throws Exception {
    String endless = "Package: " + "x".repeat(3_000_000) + "\nVersion: 1\n\n";
    byte[] status =
        (endless
                + "Package: caf\u00e9\nVersion: 1\n\n"
                + "Package: a b\nVersion: 1\n\n"
                + "Package: \u0000\nVersion: \u001b[2J\n\n"
                + "Package: unversioned\n\n"
                + "Package: good\nVersion: 1:2.3~rc1+x-4\nArchitecture: \u00ff\n\n"
                + "Version: 1\n\n"
                + "y".repeat(2_000_000))
            .getBytes(ISO_8859_1);

    OsPackages packages = scan(new TarBytes().file("var/lib/dpkg/status", status));

    assertThat(packages.packages())
        .containsExactly(new OsPackage(Kind.DEB, "good", "1:2.3~rc1+x-4", null, null, null, null));
    assertThat(packages.gaps()).containsExactly("5 packages whose name or version is none");
  }

  @Test
  void shouldTakeNoMorePackagesThanTheLimit() throws Exception {
    for (int more : new int[] {0, 1}) {
      String status =
          IntStream.range(0, Found.MAX_PACKAGES + more)
              .mapToObj(i -> "Package: p" + i + "\nVersion: 1\n\n")
              .collect(Collectors.joining());

      OsPackages packages =
          scan(new TarBytes().file("var/lib/dpkg/status", status.getBytes(UTF_8)));

      assertThat(packages.packages()).hasSize(Found.MAX_PACKAGES);
      assertThat(packages.gaps()).hasSize(more);
    }
  }

  @Test
  void shouldReadNoMoreFilesThanTheLimit() throws Exception {
    TarBytes files = new TarBytes();
    for (int i = 0; i < PackageScan.MAX_FILES - 1; i++) {
      files.file(String.format("var/lib/dpkg/status.d/p%05d", i), "");
    }
    files.file("var/lib/dpkg/status.d/y", "Package: last\nVersion: 1\n");
    files.file("var/lib/dpkg/status.d/z", "Package: beyond\nVersion: 1\n");

    OsPackages packages = scan(files);

    assertThat(packages.packages()).extracting(OsPackage::name).containsExactly("last");
    assertThat(packages.gaps())
        .containsExactly("files of var/lib/dpkg/status.d beyond the first 10000");
  }

  /** A layer whose blocks all have the same text; counts what is read of it. */
  private static final class Endless implements LayerContents {
    private final ByteBuffer text;
    private long blocks;

    Endless(String line) {
      text = ByteBuffer.wrap(line.repeat(4096 / line.length()).getBytes(UTF_8));
    }

    @Override
    public void readTail(int layer, long offset, ByteBuffer target) {
      throw new AssertionError("the end of the file is read");
    }

    @Override
    public void copyBlocks(int layer, long firstBlock, long count, WritableByteChannel target)
        throws IOException {
      for (long i = 0; i < count; i++) {
        blocks++;
        target.write(text.duplicate());
      }
    }

    @Override
    public void copyFrames(int layer, int firstFrame, int frames, WritableByteChannel target) {
      throw new AssertionError("frames are read");
    }
  }

  @Test
  void shouldReadABoundedPartOfAListOfAGigabyte() throws Exception {
    // Given
    long size = (1L << 30) + 7;
    FileTree tree = Layers.treeOfOne("var/lib/dpkg/status", size);
    Endless contents = new Endless("Package: abc\nVersion: 1\n\nxxxxxx\n");

    // When
    OsPackages packages = PackageScan.of(tree, contents);

    // Then
    assertThat(contents.blocks).isEqualTo(PackageScan.MAX_BYTES / 4096);
    assertThat(packages.packages())
        .containsExactly(new OsPackage(Kind.DEB, "abc", "1", null, null, null, null));
    assertThat(packages.gaps())
        .hasSize(2)
        .anyMatch(gap -> gap.startsWith("what var/lib/dpkg/status has beyond byte 33554432"))
        .anyMatch(gap -> gap.endsWith("packages beyond the first 10000"));
  }

  /** Whatever is in an image: it is read, the same each time, and gives a document. */
  @Test
  void shouldNeverFailWhateverIsInTheFiles() {
    Seeds.each(
        60,
        random -> {
          byte[] status = BASH.repeat(1 + random.nextInt(60)).getBytes(UTF_8);
          byte[] release = OS_RELEASE.getBytes(UTF_8);
          for (byte[] bytes : new byte[][] {status, release}) {
            for (int i = random.nextInt(40); i > 0; i--) {
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
          }
          TarBytes image =
              new TarBytes()
                  .file("etc/os-release", release)
                  .file("var/lib/dpkg/status", status)
                  .file("lib/apk/db/installed", status);

          OsPackages packages = scan(image);

          assertThat(packages).isEqualTo(scan(image));
          assertThat(SbomTest.document(packages, null).path("components")).isNotEmpty();
        });
  }
}
