package io.oci2wasm.converter.rootfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  private static final Sha256Digest LAYER = Sha256Digest.of(new byte[0]);

  private static TarReader reader(byte[] archive) {
    return new TarReader(
        new ByteArrayInputStream(archive), LayerLimits.DEFAULT, new LayerFaults(LAYER));
  }

  private static TarEntry first(TarBytes archive) throws Exception {
    return reader(archive.tar()).next().orElseThrow();
  }

  private static byte[] contentOfFirst(TarBytes archive) throws Exception {
    TarReader reader = reader(archive.tar());
    reader.next();
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    byte[] buffer = new byte[700];
    int got = reader.content().read(buffer, 0, buffer.length);
    while (got > 0) {
      content.write(buffer, 0, got);
      got = reader.content().read(buffer, 0, buffer.length);
    }
    // What follows must be found again: here it is the archive's end.
    assertThat(reader.next()).isEmpty();
    return content.toByteArray();
  }

  @Test
  void shouldReadEntriesWithoutReadingTheirContent() throws Exception {
    // Given
    TarReader reader =
        reader(new TarBytes().file("a", "x".repeat(1000)).directory("d/").file("b", "y").tar());

    // When
    List<String> names =
        List.of(
            reader.next().orElseThrow().name().toString(),
            reader.next().orElseThrow().name().toString(),
            reader.next().orElseThrow().name().toString());

    // Then
    assertThat(names).containsExactly("a", "d/", "b");
    assertThat(reader.next()).isEmpty();
  }

  @Test
  void shouldAcceptArchiveWithoutBlocksOfZerosAtItsEnd() throws Exception {
    // Given
    TarReader reader = reader(new TarBytes().file("a", "x").unfinished());

    // When
    Optional<TarEntry> entry = reader.next();

    // Then
    assertThat(entry).isPresent();
    assertThat(reader.next()).isEmpty();
  }

  @Test
  void shouldJoinPrefixAndNameOfUstarHeader() throws Exception {
    // Given
    byte[] header = new TarBytes().header('0', "name", "", 0, 0644);
    TarBytes.text(header, TarField.PREFIX, "some/where");

    // When
    TarEntry entry = first(new TarBytes().block(TarBytes.sealed(header)));

    // Then
    assertThat(entry.name().toString()).isEqualTo("some/where/name");
  }

  @Test
  void shouldNotTakeGnuFieldsForPrefix() throws Exception {
    // Given
    byte[] header = new TarBytes().gnu().header('0', "name", "", 0, 0644);
    TarBytes.text(header, TarField.PREFIX, "00000000000");

    // When
    TarEntry entry = first(new TarBytes().block(TarBytes.sealed(header)));

    // Then
    assertThat(entry.name().toString()).isEqualTo("name");
  }

  @Test
  void shouldReadGnuLongNames() throws Exception {
    // Given
    String name = "n".repeat(180);
    String target = "t".repeat(300);
    TarBytes archive =
        new TarBytes()
            .gnu()
            .entry('L', "././@LongLink", "", TarBytes.latin1(name + "\0"), 0)
            .entry('K', "././@LongLink", "", TarBytes.latin1(target + "\0"), 0)
            .symlink("short", "short");

    // When
    TarEntry entry = first(archive);

    // Then
    assertThat(entry.name().toString()).isEqualTo(name);
    assertThat(entry.linkName().toString()).isEqualTo(target);
  }

  @Test
  void shouldLetPaxRecordsReplaceHeaderFields() throws Exception {
    // Given
    TarBytes archive =
        new TarBytes()
            .pax("path=a/b", "uid=3000000000", "gid=5", "mtime=12.000000345678", "comment=c")
            .file("x", "content");

    // When
    TarEntry entry = first(archive);

    // Then
    assertThat(entry.name().toString()).isEqualTo("a/b");
    assertThat(entry.attributes().uid()).isEqualTo(3_000_000_000L);
    assertThat(entry.attributes().gid()).isEqualTo(5);
    assertThat(entry.attributes().mtimeSeconds()).isEqualTo(12);
    assertThat(entry.attributes().mtimeNanos()).isEqualTo(345);
  }

  @Test
  void shouldCountNanosecondsForwardBefore1970() throws Exception {
    // Given
    TarBytes archive = new TarBytes().pax("mtime=-1.25").file("x", "");

    // When
    TarEntry entry = first(archive);

    // Then
    assertThat(entry.attributes().mtimeSeconds()).isEqualTo(-2);
    assertThat(entry.attributes().mtimeNanos()).isEqualTo(750_000_000);
  }

  @Test
  void shouldApplyPaxRecordsOnlyToTheNextEntry() throws Exception {
    // Given
    TarReader reader = reader(new TarBytes().pax("uid=7").file("a", "").file("b", "").tar());
    reader.next();

    // When
    TarEntry second = reader.next().orElseThrow();

    // Then
    assertThat(second.attributes().uid()).isZero();
  }

  @Test
  void shouldIgnoreGlobalPaxHeader() throws Exception {
    // Given
    TarBytes archive =
        new TarBytes()
            .entry('g', "pax_global", "", TarBytes.latin1(TarBytes.paxRecord("uid=9")), 0)
            .file("a", "");

    // When
    TarEntry entry = first(archive);

    // Then
    assertThat(entry.name().toString()).isEqualTo("a");
    assertThat(entry.attributes().uid()).isZero();
  }

  @Test
  void shouldReadBase256Numbers() throws Exception {
    // Given
    TarBytes archive =
        new TarBytes()
            .rawUid("\u0080\0\0\0\u00eek(\0")
            .rawMtime("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00fe")
            .file("a", "");

    // When
    TarEntry entry = first(archive);

    // Then
    assertThat(entry.attributes().uid()).isEqualTo(4_000_000_000L);
    assertThat(entry.attributes().mtimeSeconds()).isEqualTo(-2);
  }

  @Test
  void shouldReadSizeOver8GiBFromPaxAndFromBase256() throws Exception {
    // Given
    byte[] header = new TarBytes().header('0', "big", "", 0, 0644);
    TarBytes.text(header, TarField.SIZE, "\u0080\0\0\0\0\0\0\u0004\0\0\0\0");
    TarBytes base256 = new TarBytes().block(TarBytes.sealed(header));
    TarBytes pax = new TarBytes().pax("size=9000000000").headerOnly('0', "big", 0);

    // When
    long fromBase256 = reader(base256.unfinished()).next().orElseThrow().size();
    long fromPax = reader(pax.unfinished()).next().orElseThrow().size();

    // Then
    assertThat(fromBase256).isEqualTo(4L << 32);
    assertThat(fromPax).isEqualTo(9_000_000_000L);
  }

  @Test
  void shouldKeepBytesOfNames() throws Exception {
    // Given
    TarBytes archive = new TarBytes().file("caf\u00e9\u0001", "");

    // When
    TarEntry entry = first(archive);

    // Then
    assertThat(entry.name().toLatin1()).isEqualTo("caf\u00e9\u0001");
  }

  @Test
  void shouldTakeOldFileWithTrailingSlashForDirectory() throws Exception {
    // Given
    TarBytes archive = new TarBytes().entry('\0', "old/", "", new byte[0], 0755);

    // When
    TarEntry entry = first(archive);

    // Then
    assertThat(entry.type()).isEqualTo(TarEntry.Type.DIRECTORY);
  }

  @Test
  void shouldIgnoreSizeOfEntriesWithoutContent() throws Exception {
    // Given
    TarReader reader = reader(new TarBytes().headerOnly('5', "d/", 4096).file("after", "x").tar());
    reader.next();

    // When
    TarEntry after = reader.next().orElseThrow();

    // Then
    assertThat(after.name().toString()).isEqualTo("after");
  }

  @Test
  void shouldFillHolesOfGnuSparseFile() throws Exception {
    // Given
    byte[] header = new TarBytes().gnu().header('S', "sparse", "", 5, 0644);
    putPair(header, TarField.GNU_SPARSE_MAP.offset, 3, 2);
    putPair(header, TarField.GNU_SPARSE_MAP.offset + 24, 10, 3);
    TarBytes.octal(header, TarField.GNU_REAL_SIZE, 15);
    TarBytes archive =
        new TarBytes().block(TarBytes.sealed(header)).content(TarBytes.latin1("abcde"));

    // When
    byte[] content = contentOfFirst(archive);

    // Then
    assertThat(new String(content, StandardCharsets.ISO_8859_1))
        .isEqualTo("\0\0\0ab\0\0\0\0\0cde\0\0");
  }

  @Test
  void shouldReadExtendedMapOfGnuSparseFile() throws Exception {
    // Given
    byte[] header = new TarBytes().gnu().header('S', "sparse", "", 6, 0644);
    for (int i = 0; i < 4; i++) {
      putPair(header, TarField.GNU_SPARSE_MAP.offset + i * 24, i * 10L, 1);
    }
    header[TarField.GNU_SPARSE_EXTENDED.offset] = 1;
    TarBytes.octal(header, TarField.GNU_REAL_SIZE, 52);
    byte[] extension = new byte[512];
    putPair(extension, 0, 40, 1);
    putPair(extension, 24, 51, 1);
    TarBytes archive =
        new TarBytes()
            .block(TarBytes.sealed(header))
            .block(extension)
            .content(TarBytes.latin1("abcdef"));

    // When
    byte[] content = contentOfFirst(archive);

    // Then
    assertThat(content).hasSize(52).startsWith('a').endsWith('f');
    assertThat(content[40]).isEqualTo((byte) 'e');
  }

  private static void putPair(byte[] block, int at, long offset, long length) {
    byte[] pair = TarBytes.latin1(String.format("%011o\0%011o\0", offset, length));
    System.arraycopy(pair, 0, block, at, pair.length);
  }

  @Test
  void shouldFillHolesOfPaxSparseFileVersion00() throws Exception {
    // Given
    TarBytes archive =
        new TarBytes()
            .pax(
                "GNU.sparse.size=8",
                "GNU.sparse.numblocks=2",
                "GNU.sparse.offset=1",
                "GNU.sparse.numbytes=2",
                "GNU.sparse.offset=6",
                "GNU.sparse.numbytes=1")
            .file("sparse", "abc");

    // When
    byte[] content = contentOfFirst(archive);

    // Then
    assertThat(content).containsExactly(0, 'a', 'b', 0, 0, 0, 'c', 0);
  }

  @Test
  void shouldFillHolesOfPaxSparseFileVersion01() throws Exception {
    // Given
    TarBytes archive =
        new TarBytes()
            .pax("GNU.sparse.size=8", "GNU.sparse.map=1,2,6,1", "GNU.sparse.name=real")
            .file("sparse", "abc");

    // When
    byte[] content = contentOfFirst(archive);

    // Then
    assertThat(content).containsExactly(0, 'a', 'b', 0, 0, 0, 'c', 0);
    assertThat(first(archive).name().toString()).isEqualTo("real");
  }

  @Test
  void shouldFillHolesOfPaxSparseFileVersion10() throws Exception {
    // Given
    byte[] stored = new byte[515];
    byte[] map = TarBytes.latin1("2\n1\n2\n6\n1\n");
    System.arraycopy(map, 0, stored, 0, map.length);
    System.arraycopy(TarBytes.latin1("abc"), 0, stored, 512, 3);
    TarBytes archive =
        new TarBytes()
            .pax(
                "GNU.sparse.major=1",
                "GNU.sparse.minor=0",
                "GNU.sparse.name=real",
                "GNU.sparse.realsize=8")
            .file("GNUSparseFile.0/real", stored);

    // When
    byte[] content = contentOfFirst(archive);

    // Then
    assertThat(content).containsExactly(0, 'a', 'b', 0, 0, 0, 'c', 0);
    assertThat(first(archive).name().toString()).isEqualTo("real");
  }

  @ParameterizedTest
  @ValueSource(strings = {"5,1,2,1", "0,9", "1,2,6", "0,4", "x,1", "-1,2", "0,9223372036854775807"})
  void shouldRejectSparseMapThatDoesNotFit(String map) {
    // Given
    TarBytes archive =
        new TarBytes().pax("GNU.sparse.size=8", "GNU.sparse.map=" + map).file("sparse", "abc");

    // When, Then
    assertCorrupt(archive.tar());
  }

  @Test
  void shouldRejectHeaderWithWrongChecksumNamingItsOffset() {
    // Given
    byte[] archive = new TarBytes().file("a", "x").file("b", "y").tar();
    archive[1024] ^= 1;

    // When, Then
    assertThatThrownBy(() -> readAll(archive))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("unpacking layer " + LAYER)
        .hasMessageContaining("tar header at byte 1024")
        .hasMessageContaining("found a block whose checksum does not hold")
        .hasMessageContaining("expected a tar archive")
        .hasMessageContaining("build and push the image again");
  }

  @Test
  void shouldRejectArchiveThatEndsInsideContent() {
    assertCorrupt(new TarBytes().headerOnly('0', "a", 600).unfinished());
  }

  @Test
  void shouldRejectArchiveThatEndsInsideHeader() {
    assertCorrupt(Arrays.copyOf(new TarBytes().file("a", "").unfinished(), 300));
  }

  @Test
  void shouldRejectExtendedHeaderWithoutEntry() {
    assertCorrupt(new TarBytes().pax("uid=1").tar());
  }

  @Test
  void shouldRejectSingleBlockOfZeros() {
    assertCorrupt(new TarBytes().file("a", "").block(new byte[512]).file("b", "").unfinished());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uid=-1",
        "uid=4294967296",
        "mtime=1e99",
        "mtime=x",
        "size=-5",
        "gid=99999999999999999999"
      })
  void shouldRejectPaxRecordOfImpossibleValue(String record) {
    assertCorrupt(new TarBytes().pax(record).file("a", "").tar());
  }

  @Test
  void shouldRejectUnknownType() {
    assertCorrupt(new TarBytes().entry('Q', "a", "", new byte[0], 0).tar());
  }

  @Test
  void shouldRefuseExtendedHeaderOverTheLimit() {
    // Given
    byte[] archive =
        new TarBytes().headerOnly('x', "p", LayerLimits.DEFAULT.maxHeaderBytes() + 1L).tar();

    // When, Then
    assertThatThrownBy(() -> readAll(archive))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LAYER_REFUSED));
  }

  static void readAll(byte[] archive) throws IOException, RejectedException {
    TarReader reader = reader(archive);
    Optional<TarEntry> entry = reader.next();
    while (entry.isPresent()) {
      entry = reader.next();
    }
  }

  private static void assertCorrupt(byte[] archive) {
    assertThatThrownBy(() -> readAll(archive))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LAYER_CORRUPT));
  }
}
