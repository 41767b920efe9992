package io.oci2wasm.converter.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.converter.rootfs.Layers;
import io.oci2wasm.converter.rootfs.TarBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErofsImageTest {
  private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

  private Layers layers;

  @BeforeEach
  void setUp(@TempDir Path directory) {
    layers = new Layers(directory);
  }

  private byte[] image() throws Exception {
    return image(layers);
  }

  static byte[] image(Layers layers) throws Exception {
    ErofsImage image = new ErofsImage(layers.tree(), ID);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Long> progress = new ArrayList<>();
    image.writeTo(Channels.newChannel(out), layers, progress::add);
    assertThat(out.size()).isEqualTo((int) image.sizeBytes());
    if (!progress.isEmpty()) {
      assertThat(progress.get(progress.size() - 1)).isEqualTo(image.sizeBytes());
    }
    return out.toByteArray();
  }

  private ErofsReader.Tree tree() throws Exception {
    return new ErofsReader(image()).tree();
  }

  private static String random(int length) {
    StringBuilder text = new StringBuilder();
    Random random = new Random(length);
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  @Test
  void shouldGiveContentOfEverySizeBack() throws Exception {
    // Given
    int[] sizes = {0, 1, 4031, 4032, 4033, 4095, 4096, 4097, 8191, 8192, 100_000};
    TarBytes archive = new TarBytes();
    for (int size : sizes) {
      archive.file("f" + size, random(size));
    }

    // When
    layers.add(archive);

    // Then
    ErofsReader.Tree tree = tree();
    for (int size : sizes) {
      assertThat(tree.at("/f" + size).content()).isEqualTo(random(size));
    }
    assertThat(tree.paths()).hasSize(sizes.length + 1);
  }

  @Test
  void shouldGiveAttributesBack() throws Exception {
    // Given
    layers.add(
        new TarBytes()
            .pax("uid=100000", "gid=70000", "mtime=-5.5")
            .permissions(06755)
            .file("a", "x")
            .pax("mtime=1700000000.000000001")
            .permissions(0400)
            .file("b", "x"));

    // When
    ErofsReader.Tree tree = tree();

    // Then
    ErofsReader.Inode first = tree.at("/a");
    assertThat(first.mode()).isEqualTo(0106755);
    assertThat(first.uid()).isEqualTo(100_000);
    assertThat(first.gid()).isEqualTo(70_000);
    assertThat(first.mtime()).isEqualTo(-6);
    assertThat(first.nanos()).isEqualTo(500_000_000);
    assertThat(tree.at("/b").mode()).isEqualTo(0100400);
    assertThat(tree.at("/b").nanos()).isEqualTo(1);
  }

  @Test
  void shouldUseShortInodesForTheMostCommonTime() throws Exception {
    // Given
    layers.add(
        new TarBytes()
            .file("a", "")
            .file("b", "")
            .pax("mtime=5")
            .file("other", "")
            .pax("uid=65536")
            .file("owner", ""));

    // When
    ErofsReader.Tree tree = tree();

    // Then
    assertThat(tree.at("/a").extended()).isFalse();
    assertThat(tree.at("/a").mtime()).isEqualTo(TarBytes.MTIME);
    assertThat(tree.at("/other").extended()).isTrue();
    assertThat(tree.at("/other").mtime()).isEqualTo(5);
    assertThat(tree.at("/owner").extended()).isTrue();
    assertThat(tree.at("/owner").uid()).isEqualTo(65_536);
  }

  @Test
  void shouldGiveLinksDevicesAndPipesBack() throws Exception {
    // Given
    String longTarget = "t/".repeat(2040) + "end";
    layers.add(
        new TarBytes()
            .symlink("short", "a/b")
            .pax("linkpath=" + longTarget)
            .symlink("long", "")
            .device('3', "null", 1, 3)
            .device('4', "disk", 0xabc, 0xdef12)
            .fifo("pipe")
            .file("f", "x")
            .hardLink("g", "f"));

    // When
    ErofsReader.Tree tree = tree();

    // Then
    assertThat(tree.at("/short").mode()).isEqualTo(0120777);
    assertThat(tree.at("/short").content()).isEqualTo("a/b");
    assertThat(tree.at("/long").content()).isEqualTo(longTarget);
    assertThat(tree.at("/null").mode()).isEqualTo(0020600);
    assertThat(tree.at("/null").rdev()).isEqualTo(0x103);
    assertThat(tree.at("/disk").rdev()).isEqualTo(0xdef_abc12);
    assertThat(tree.at("/pipe").mode()).isEqualTo(0010644);
    assertThat(tree.at("/f").nid()).isEqualTo(tree.at("/g").nid());
    assertThat(tree.at("/f").links()).isEqualTo(2);
  }

  @Test
  void shouldGiveExtendedAttributesBackAsBytes() throws Exception {
    // Given
    String capability = "\u0001\0\0\u0002\u0080\u00ff\0\0\n";
    String large = random(9000);
    layers.add(
        new TarBytes()
            .pax(
                "SCHILY.xattr.security.capability=" + capability,
                "SCHILY.xattr.user.large=" + large,
                "SCHILY.xattr.system.posix_acl_access=\u0002\0\0\0",
                "SCHILY.xattr.btrfs.unknown=x")
            .file("a", random(5000))
            .file("b", "after"));

    // When
    ErofsReader.Tree tree = tree();

    // Then
    assertThat(tree.at("/a").xattrs())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "security.capability", capability,
                "user.large", large,
                "system.posix_acl_access", "\u0002\0\0\0"));
    assertThat(tree.at("/a").content()).isEqualTo(random(5000));
    assertThat(tree.at("/b").content()).isEqualTo("after");
    assertThat(tree.at("/b").xattrs()).isEmpty();
  }

  @Test
  void shouldOrderNamesAsBytesOverManyBlocks() throws Exception {
    // Given
    TarBytes archive = new TarBytes().file("d/!", "").file("d/\u00e9", "").file("d/-", "");
    for (int i = 0; i < 1500; i++) {
      archive.file("d/name-" + random(20) + i, "");
    }

    // When
    layers.add(archive);

    // Then: the reader checks the order
    ErofsReader.Tree tree = tree();
    assertThat(tree.paths()).hasSize(1505).contains("/d/!", "/d/-", "/d/\u00e9");
    assertThat(tree.at("/d").size()).isGreaterThan(12 * 4096);
  }

  @Test
  void shouldLeaveOutDataOfFilesThatAreReplaced() throws Exception {
    // Given
    layers
        .add(new TarBytes().file("old", random(400_000)).file("kept", random(8192)))
        .add(new TarBytes().file("old", "new"));

    // When
    byte[] image = image();

    // Then
    assertThat(image).hasSizeLessThan(5 * 4096);
    assertThat(new ErofsReader(image).tree().at("/kept").content()).isEqualTo(random(8192));
  }

  @Test
  void shouldWriteTheSameBytesWhateverTheOrderInTheLayer(@TempDir Path other) throws Exception {
    // Given: files without data blocks, whose order in a layer is of no meaning
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      order.add(i);
    }
    TarBytes sorted = new TarBytes();
    order.forEach(i -> sorted.file("d" + i % 7 + "/f" + i, random(i)));
    Collections.shuffle(order, new Random(1));
    TarBytes shuffled = new TarBytes();
    order.forEach(i -> shuffled.file("d" + i % 7 + "/f" + i, random(i)));

    // When
    byte[] first = image(layers.add(sorted));
    byte[] second = image(new Layers(other).add(shuffled));

    // Then
    assertThat(second).isEqualTo(first);
  }

  @Test
  void shouldFillItsSuperblock() throws Exception {
    // Given
    layers.add(new TarBytes().file("a", random(5000)));

    // When
    byte[] image = image();

    // Then
    ErofsReader reader = new ErofsReader(image);
    assertThat(reader.blocks() * 4096).isEqualTo(image.length);
    assertThat(reader.inodes()).isEqualTo(2);
    assertThat(reader.rootNid()).isEqualTo(36);
    assertThat(Arrays.copyOfRange(image, 1072, 1088))
        .containsExactly(
            0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee,
            0xff);
    ByteBuffer block = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    int stored = block.getInt(1028);
    block.putInt(1028, 0);
    CRC32C crc = new CRC32C();
    crc.update(image, 1024, 3072);
    assertThat(stored).isEqualTo((int) ~crc.getValue());
  }

  @Test
  void shouldWriteAnEmptyTree() throws Exception {
    // Given
    layers.add(new TarBytes());

    // When
    ErofsReader.Tree tree = tree();

    // Then
    assertThat(tree.paths()).containsExactly("/");
    assertThat(tree.at("/").mode()).isEqualTo(0040755);
  }
}
