package io.oci2wasm.converter.rootfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.luben.zstd.Zstd;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.Seeds;
import io.oci2wasm.converter.frame.FrameCompression;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the bytes, readers answer with a rejection or a failure to read, nothing else. */
class LayerFuzzTest {
  private static final LayerLimits LIMITS =
      new LayerLimits(3, 1 << 20, 200, 1000, 1 << 20, 4096, 1000, 1 << 16);

  private Path index;

  @BeforeEach
  void setUp(@TempDir Path temporary) {
    index = temporary.resolve("index");
  }

  /** An archive with something of everything. */
  private static byte[] seed() {
    byte[] stored = new byte[515];
    System.arraycopy(TarBytes.latin1("2\n1\n2\n6\n1\n"), 0, stored, 0, 10);
    return new TarBytes()
        .pax("path=a/b", "uid=12", "mtime=1.5", "SCHILY.xattr.user.a=b", "size=700")
        .file("x", new byte[700])
        .entry('L', "././@LongLink", "", TarBytes.latin1("long".repeat(40)), 0)
        .file("short", "content")
        .pax("GNU.sparse.size=8", "GNU.sparse.map=1,2,6,1")
        .file("s1", "abc")
        .pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=8")
        .file("s2", stored)
        .directory("d")
        .symlink("l", "d")
        .hardLink("h", "a/b")
        .file("l/.wh.x", "")
        .device('3', "null", 1, 3)
        .tar();
  }

  /** {@code bytes} with a few bytes changed, none of them by a checksum repaired. */
  private static byte[] mutated(byte[] bytes, SplittableRandom random, int changes) {
    byte[] changed = bytes.clone();
    for (int i = 0; i < changes; i++) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
    }
    return changed;
  }

  /** Repairs the checksums of all blocks, so that what was changed is looked at. */
  private static byte[] resealed(byte[] tar) {
    byte[] whole = tar.clone();
    for (int at = 0; at + 512 <= whole.length; at += 512) {
      if (whole[at + TarField.MAGIC.offset] == 'u') {
        byte[] header = Arrays.copyOfRange(whole, at, at + 512);
        System.arraycopy(TarBytes.sealed(header), 0, whole, at, 512);
      }
    }
    return whole;
  }

  @Test
  void shouldOnlyRejectMutatedArchives() {
    Seeds.each(
        1500,
        random -> {
          byte[] tar = resealed(mutated(seed(), random, random.nextInt(7)));

          assertOnlyRejected(tar, tar);
        });
  }

  @Test
  void shouldOnlyRejectMutatedCompression() {
    Seeds.each(
        300,
        random -> {
          byte[] packed = random.nextBoolean() ? TarBytes.gzip(seed()) : Zstd.compress(seed());

          assertOnlyRejected(mutated(packed, random, 1 + random.nextInt(3)), seed());
        });
  }

  private void assertOnlyRejected(byte[] blob, byte[] archive) {
    Throwable thrown =
        catchThrowable(
            () -> {
              pack(blob, Sha256Digest.of(archive));
              LayerMerge merge = new LayerMerge(LIMITS);
              merge.add(Sha256Digest.of(blob), Sha256Digest.of(archive), index);
              merge.finish();
            });
    if (thrown != null) {
      assertThat(thrown).isInstanceOf(RejectedException.class);
    }
  }

  private void pack(byte[] blob, Sha256Digest diffId) throws Exception {
    new LayerPacker(LIMITS, attributes -> 4032, FrameCompression.DEFAULT)
        .pack(
            Layers.descriptor(blob),
            diffId,
            new ByteArrayInputStream(blob),
            count -> {},
            new ByteArrayOutputStream(),
            index);
  }

  @Test
  void shouldOnlyFailToReadMutatedIndexes() throws Exception {
    Sha256Digest diffId = Sha256Digest.of(seed());
    pack(seed(), diffId);
    byte[] whole = Files.readAllBytes(index);

    Seeds.each(
        500,
        random -> {
          Files.write(index, mutated(whole, random, 1 + random.nextInt(5)));

          Throwable thrown = catchThrowable(() -> readIndex(diffId));

          if (thrown != null) {
            assertThat(thrown).isInstanceOf(IOException.class);
          }
        });
  }

  private void readIndex(Sha256Digest diffId) throws Exception {
    try (LayerIndexReader reader = LayerIndexReader.open(index, diffId)) {
      Optional<LayerEntry> entry = reader.next();
      while (entry.isPresent()) {
        entry = reader.next();
      }
    }
  }
}
