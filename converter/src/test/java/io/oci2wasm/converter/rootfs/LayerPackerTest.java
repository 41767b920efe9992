package io.oci2wasm.converter.rootfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.converter.frame.FrameCompression;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerPackerTest {
  private static final LayerLimits TIGHT = new LayerLimits(3, 100_000, 200, 3, 1000, 64, 40, 4096);

  private Path directory;
  private Layers layers;

  @BeforeEach
  void setUp(@TempDir Path temporary) {
    directory = temporary;
    layers = new Layers(directory);
  }

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static void assertRejected(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void shouldKeepWholeBlocksInDataAndTailsInIndex() throws Exception {
    // Given
    byte[] content = randomBytes(2 * 4096 + 100);

    // When
    layers.pack(new TarBytes().file("a", content).file("b", "b").tar());

    // Then
    LayerEntry.RegularFile first = (LayerEntry.RegularFile) layers.entries().get(0);
    LayerEntry.RegularFile second = (LayerEntry.RegularFile) layers.entries().get(1);
    assertThat(layers.data(0)).hasSize(2 * 4096);
    assertThat(first.content().tailLength()).isEqualTo(100);
    assertThat(second.content().blocks()).isZero();
    assertThat(layers.content(0, first.content())).isEqualTo(content);
    assertThat(layers.content(0, second.content())).containsExactly('b');
  }

  @Test
  void shouldGiveTailTooLongForItsInodeBlockOfItsOwn() throws Exception {
    // Given
    byte[] fits = randomBytes(4032);
    byte[] tooLong = randomBytes(4033);

    // When
    layers.pack(new TarBytes().file("fits", fits).file("long", tooLong).file("c", "c").tar());

    // Then
    LayerEntry.RegularFile inline = (LayerEntry.RegularFile) layers.entries().get(0);
    LayerEntry.RegularFile padded = (LayerEntry.RegularFile) layers.entries().get(1);
    assertThat(inline.content().tailLength()).isEqualTo(4032);
    assertThat(padded.content().tailLength()).isZero();
    assertThat(padded.content().blocks()).isEqualTo(1);
    assertThat(layers.data(0)).hasSize(4096).endsWith(new byte[63]);
    assertThat(layers.content(0, padded.content())).isEqualTo(tooLong);
  }

  @Test
  void shouldPackTheSameFromGzipZstdAndPlain() throws Exception {
    // Given
    byte[] tar = new TarBytes().file("a", randomBytes(700_000)).file("b", "b").tar();
    byte[] gzip = TarBytes.gzip(tar);
    byte[] zstd = Zstd.compress(tar);

    // When
    layers.pack(tar).pack(gzip, tar).pack(zstd, tar);

    // Then
    assertThat(layers.data(1)).isEqualTo(layers.data(0));
    assertThat(layers.data(2)).isEqualTo(layers.data(0));
    assertThat(layers.index(1)).isEqualTo(layers.index(0));
    assertThat(layers.index(2)).isEqualTo(layers.index(0));
  }

  @Test
  void shouldReadAllMembersOfGzipAndAllFramesOfZstd() throws Exception {
    // Given
    byte[] tar = new TarBytes().file("a", randomBytes(3000)).tar();
    byte[] head = Arrays.copyOf(tar, 1000);
    byte[] rest = Arrays.copyOfRange(tar, 1000, tar.length);
    byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2};

    // When
    layers
        .pack(join(TarBytes.gzip(head), TarBytes.gzip(rest)), tar)
        .pack(join(skippable, Zstd.compress(head), Zstd.compress(rest)), tar);

    // Then
    assertThat(layers.index(1)).isEqualTo(layers.index(0));
    assertThat(layers.entries()).hasSize(1);
  }

  @Test
  void shouldReadAllMembersFromSourceThatNeverSaysWhatIsAvailable() throws Exception {
    // Given: a network stream hands out what has come, and announces nothing
    byte[] tar = new TarBytes().file("a", randomBytes(30_000)).tar();
    byte[] blob =
        join(TarBytes.gzip(Arrays.copyOf(tar, 700)), TarBytes.gzip(tailOf(tar, 700)), starFooter());
    InputStream network =
        new FilterInputStream(new ByteArrayInputStream(blob)) {
          @Override
          public int available() {
            return 0;
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            return super.read(target, offset, Math.min(length, 11));
          }

          @Override
          public boolean markSupported() {
            return false;
          }
        };

    // When, Then
    assertThatCode(() -> unpack(Layers.descriptor(blob), tar, network)).doesNotThrowAnyException();
  }

  private static byte[] tailOf(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, from, bytes.length);
  }

  /** An empty member with an extra field, as eStargz ends its blobs. */
  private static byte[] starFooter() {
    byte[] member = TarBytes.gzip(new byte[0]);
    member[3] = 4;
    byte[] extra = {6, 0, 'S', 'G', 2, 0, '0', '0'};
    return join(Arrays.copyOf(member, 10), extra, tailOf(member, 10));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  @Test
  void shouldTellWhiteoutsByTheirNames() throws Exception {
    // Given
    TarBytes archive =
        new TarBytes()
            .file("d/.wh.gone", "")
            .file("d/.wh..wh..opq", "")
            .file(".wh..wh.plnk/1.2", "")
            .file("not.wh.", "");

    // When
    layers.pack(archive.tar());

    // Then
    assertThat(layers.entries().subList(0, 2))
        .containsExactly(
            new LayerEntry.Whiteout(EntryPath.parse(ByteString.utf8("d/gone"))),
            new LayerEntry.Opaque(EntryPath.parse(ByteString.utf8("d"))));
    assertThat(layers.entries().get(2)).isInstanceOf(LayerEntry.RegularFile.class);
    assertThat(layers.entries()).hasSize(3);
  }

  @Test
  void shouldTakeAbsoluteNamesAndDotsAsRelativeToTheRoot() throws Exception {
    // Given, When
    layers.pack(new TarBytes().file("/etc//./a", "").directory("./").tar());

    // Then
    assertThat(layers.entries())
        .extracting(entry -> entry.path().toString())
        .containsExactly("/etc/a", "/");
  }

  @Test
  void shouldKeepCapabilityBytesAndDropOverlayMarks() throws Exception {
    // Given
    String capability = "\u0001\0\0\u0002\u0080\u00ff\0\0\n=";
    TarBytes archive =
        new TarBytes()
            .pax(
                "SCHILY.xattr.security.capability=" + capability,
                "SCHILY.xattr.trusted.overlay.opaque=y",
                "LIBARCHIVE.xattr.user.a%20b=AAEC",
                "LIBARCHIVE.xattr.security.capability=AAAA",
                "SCHILY.xattr.user.none=")
            .file("ping", "x");

    // When
    layers.pack(archive.tar());

    // Then
    LayerEntry.RegularFile file = (LayerEntry.RegularFile) layers.entries().get(0);
    assertThat(file.attributes().xattrs())
        .containsExactly(
            new Xattr(
                ByteString.utf8("security.capability"), ByteString.of(TarBytes.latin1(capability))),
            new Xattr(ByteString.utf8("user.a b"), ByteString.of(new byte[] {0, 1, 2})));
  }

  @Test
  void shouldKeepPermissionsDevicesAndLinks() throws Exception {
    // Given
    TarBytes archive =
        new TarBytes()
            .permissions(07755)
            .file("suid", "")
            .device('3', "null", 1, 3)
            .device('4', "disk", 4095, 1_048_575)
            .fifo("pipe")
            .entry('2', "link", "../else/where", new byte[0], 0644);

    // When
    layers.pack(archive.tar());

    // Then
    List<LayerEntry> entries = layers.entries();
    assertThat(((LayerEntry.RegularFile) entries.get(0)).attributes().permissions())
        .isEqualTo(07755);
    LayerEntry.Special device = (LayerEntry.Special) entries.get(1);
    assertThat(device.type()).isEqualTo(SpecialType.CHARACTER_DEVICE);
    assertThat(device.major() + ":" + device.minor()).isEqualTo("1:3");
    assertThat(((LayerEntry.Special) entries.get(2)).minor()).isEqualTo(1_048_575);
    assertThat(((LayerEntry.Special) entries.get(3)).type()).isEqualTo(SpecialType.FIFO);
    LayerEntry.Symlink link = (LayerEntry.Symlink) entries.get(4);
    assertThat(link.target().toString()).isEqualTo("../else/where");
    assertThat(link.attributes().permissions()).isEqualTo(0777);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a", "a/../../b", "/..", "a/..", ".wh...", ".wh..", "d/.wh."})
  void shouldRefuseNamesThatLeadElsewhere(String name) {
    assertRejected(Reason.LAYER_REFUSED, () -> layers.pack(new TarBytes().file(name, "x").tar()));
  }

  @Test
  void shouldRefuseHardLinkOutOfTheRoot() {
    assertRejected(
        Reason.LAYER_REFUSED,
        () -> layers.pack(new TarBytes().hardLink("a", "../../etc/shadow").tar()));
  }

  @Test
  void shouldSayWhatIsRefusedAndWhere() {
    // Given
    byte[] archive = new TarBytes().file("ok", "").file("../evil", "x").tar();

    // When, Then
    assertThatThrownBy(() -> layers.pack(archive))
        .hasMessageContaining("unpacking layer " + Sha256Digest.of(archive))
        .hasMessageContaining("tar entry at byte 512")
        .hasMessageContaining("found the path \"../evil\"")
        .hasMessageContaining("expected one inside the root")
        .hasMessageContaining("do not unpack this layer");
  }

  @Test
  void shouldRejectBlobOfAnotherDigestEvenIfItIsDamagedToo() {
    // Given
    byte[] tar = new TarBytes().file("a", randomBytes(5000)).tar();
    byte[] blob = TarBytes.gzip(tar);
    byte[] damaged = blob.clone();
    damaged[blob.length / 2] ^= 0x40;

    // When, Then
    assertRejected(Reason.DIGEST_MISMATCH, () -> unpack(Layers.descriptor(blob), tar, damaged));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void shouldRejectBlobOfAnotherSize(int difference) {
    // Given
    byte[] tar = new TarBytes().file("a", "x").tar();
    byte[] served = Arrays.copyOf(tar, tar.length + difference);

    // When, Then
    assertRejected(Reason.DIGEST_MISMATCH, () -> unpack(Layers.descriptor(tar), tar, served));
  }

  @Test
  void shouldStopReadingBlobThatDoesNotEnd() {
    // Given
    byte[] tar = new TarBytes().file("a", "x").tar();
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }
        };

    // When, Then
    assertRejected(Reason.DIGEST_MISMATCH, () -> unpack(Layers.descriptor(tar), tar, endless));
  }

  @Test
  void shouldRejectAnotherDiffId() {
    // Given
    byte[] tar = new TarBytes().file("a", "x").tar();
    byte[] blob = TarBytes.gzip(tar);

    // When, Then
    assertRejected(Reason.DIFF_ID_MISMATCH, () -> unpack(Layers.descriptor(blob), blob, blob));
  }

  @Test
  void shouldRejectTruncatedGzipAndZstd() {
    // Given
    byte[] tar = new TarBytes().file("a", randomBytes(50_000)).tar();
    byte[] gzip = TarBytes.gzip(tar);
    byte[] zstd = Zstd.compress(tar);

    // When, Then
    for (byte[] whole : List.of(gzip, zstd)) {
      byte[] cut = Arrays.copyOf(whole, whole.length / 2);
      assertRejected(Reason.LAYER_CORRUPT, () -> layers.pack(cut, tar));
    }
    byte[] withoutTrailer = Arrays.copyOf(gzip, gzip.length - 4);
    assertThatThrownBy(() -> layers.pack(withoutTrailer, tar))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("compression near byte " + withoutTrailer.length)
        .hasMessageContaining("found the blob's end inside the compressed data");
  }

  @Test
  void shouldRejectGzipWithWrongCrcAndBytesBehindIt() {
    // Given
    byte[] tar = new TarBytes().file("a", "x").tar();
    byte[] wrongCrc = TarBytes.gzip(tar);
    wrongCrc[wrongCrc.length - 8] ^= 1;
    byte[] garbage = join(TarBytes.gzip(tar), new byte[] {1, 2, 3});

    // When, Then
    assertRejected(Reason.LAYER_CORRUPT, () -> layers.pack(wrongCrc, tar));
    assertRejected(Reason.LAYER_CORRUPT, () -> layers.pack(garbage, tar));
  }

  @Test
  void shouldRefuseBombBeforeItIsUnpacked() throws Exception {
    // Given: 1.5 GiB of zeros in 1.5 MB
    byte[] member = TarBytes.gzip(new byte[1 << 20]);
    byte[] header = new TarBytes().headerOnly('0', "zeros", 3L << 29).unfinished();
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    bomb.writeBytes(TarBytes.gzip(header));
    for (int i = 0; i < 1536; i++) {
      bomb.writeBytes(member);
    }
    long[] written = new long[1];
    OutputStream counter =
        new OutputStream() {
          @Override
          public void write(int b) {
            written[0]++;
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            written[0] += length;
          }
        };

    // When, Then
    assertRejected(
        Reason.LAYER_REFUSED,
        () ->
            new LayerPacker(LayerLimits.DEFAULT, attributes -> 4032, FrameCompression.DEFAULT)
                .pack(
                    Layers.descriptor(bomb.toByteArray()),
                    Sha256Digest.of(header),
                    new ByteArrayInputStream(bomb.toByteArray()),
                    count -> {},
                    counter,
                    directory.resolve("index")));
    assertThat(written[0]).isZero();
  }

  @Test
  void shouldNotTakeALargeFileForABombBeforeItsBytesHaveCome() throws Exception {
    // Given: a file of 1.5 GiB and a blob that breaks off, which its descriptor does not tell
    byte[] header = new TarBytes().headerOnly('0', "large", 3L << 29).unfinished();
    byte[] begun = TarBytes.gzip(join(header, randomBytes(100_000)));
    Descriptor whole =
        new Descriptor(MediaTypes.OCI_LAYER + "+gzip", Sha256Digest.of(begun), 1L << 30);

    // When, Then
    assertThatThrownBy(
            () ->
                new LayerPacker(LayerLimits.DEFAULT, attributes -> 4032, FrameCompression.DEFAULT)
                    .pack(
                        whole,
                        Sha256Digest.of(header),
                        new ByteArrayInputStream(begun),
                        count -> {},
                        OutputStream.nullOutputStream(),
                        directory.resolve("index")))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH))
        .hasMessageContaining("found " + begun.length + " bytes");
  }

  @Test
  void shouldAcceptLayerAtItsLimitsAndRefuseOneBeyond() throws Exception {
    // Given
    layers = new Layers(directory, TIGHT);
    String longest = "n".repeat(31) + "/" + "n".repeat(32);
    TarBytes three =
        new TarBytes()
            .file(longest, new byte[90_000])
            .pax("SCHILY.xattr.user.a=" + "v".repeat(34))
            .file("b", "")
            .symlink("c", "t".repeat(63));

    // When
    layers.pack(three.tar());

    // Then
    assertThat(layers.entries()).hasSize(3);
    refuse(new TarBytes().file("a", "").file("b", "").file("c", "").file("d", ""));
    refuse(new TarBytes().file(longest + "n", ""));
    refuse(new TarBytes().symlink("c", "t".repeat(64)));
    refuse(new TarBytes().pax("SCHILY.xattr.user.a=" + "v".repeat(35)).file("b", ""));
    refuse(new TarBytes().file("a", new byte[100_001]));
    refuse(new TarBytes().pax("GNU.sparse.size=100001", "GNU.sparse.map=0,1").file("a", "x"));
  }

  private void refuse(TarBytes archive) {
    assertRejected(Reason.LAYER_REFUSED, () -> layers.pack(archive.tar()));
  }

  @Test
  void shouldRefuseNamesAndDevicesThatNoLinuxFileSystemHolds() {
    refuse(new TarBytes().pax("path=" + "n".repeat(256)).file("a", ""));
    refuse(new TarBytes().device('3', "a", 4096, 0));
    refuse(new TarBytes().device('4', "a", 0, 1_048_576));
    refuse(new TarBytes().pax("SCHILY.xattr.user." + "n".repeat(251) + "=v").file("a", ""));
  }

  @Test
  void shouldRejectSymlinkWithoutTargetAndFileAsRoot() {
    assertRejected(Reason.LAYER_CORRUPT, () -> layers.pack(new TarBytes().symlink("a", "").tar()));
    assertRejected(Reason.LAYER_CORRUPT, () -> layers.pack(new TarBytes().file("/", "x").tar()));
  }

  @Test
  void shouldPassOnFailureOfTheTarget() {
    // Given
    byte[] tar = new TarBytes().file("a", randomBytes(1 << 20)).tar();
    IOException full = new IOException("no space left");
    OutputStream target =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw full;
          }
        };

    // When, Then
    assertThatThrownBy(
            () ->
                new LayerPacker(LayerLimits.DEFAULT, attributes -> 4032, FrameCompression.DEFAULT)
                    .pack(
                        Layers.descriptor(tar),
                        Sha256Digest.of(tar),
                        new ByteArrayInputStream(tar),
                        count -> {},
                        target,
                        directory.resolve("index")))
        .isSameAs(full);
  }

  private void unpack(Descriptor descriptor, byte[] archive, byte[] served) throws Exception {
    unpack(descriptor, archive, new ByteArrayInputStream(served));
  }

  private void unpack(Descriptor descriptor, byte[] archive, InputStream served) throws Exception {
    new LayerPacker(LayerLimits.DEFAULT, attributes -> 4032, FrameCompression.DEFAULT)
        .pack(
            descriptor,
            Sha256Digest.of(archive),
            served,
            count -> {},
            new ByteArrayOutputStream(),
            directory.resolve("index"));
  }
}
