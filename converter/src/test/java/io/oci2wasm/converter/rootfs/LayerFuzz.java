package io.oci2wasm.converter.rootfs;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.github.luben.zstd.Zstd;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.frame.FrameCompression;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A layer of any bytes is packed and merged, or refused as rejected: nothing else comes out. */
class LayerFuzz {
  private static final LayerLimits LIMITS =
      new LayerLimits(3, 1 << 20, 200, 1000, 1 << 20, 4096, 1000, 1 << 16);

  static Stream<byte[]> layers() {
    byte[] mixed =
        new TarBytes()
            .pax("path=a/b", "uid=12", "mtime=1.5", "SCHILY.xattr.user.a=b", "size=700")
            .file("x", new byte[700])
            .entry('L', "././@LongLink", "", TarBytes.latin1("long".repeat(40)), 0)
            .file("short", "content")
            .pax("GNU.sparse.size=8", "GNU.sparse.map=1,2,6,1")
            .file("s1", "abc")
            .directory("d")
            .symlink("l", "d")
            .hardLink("h", "a/b")
            .file("l/.wh.x", "")
            .tar();
    byte[] devices =
        new TarBytes().device('3', "null", 1, 3).fifo("f").file(".wh..wh..opq", "").tar();
    return Stream.of(
        mixed,
        devices,
        new TarBytes().gnu().rawUid("\u0080\0\0\0\0\0\1\0").file("a", "x").tar(),
        TarBytes.gzip(devices),
        Zstd.compress(devices),
        new byte[0]);
  }

  @MethodSource("layers")
  @FuzzTest
  void shouldPackOrRefuse(byte[] layer) throws IOException {
    Sha256Digest digest = Sha256Digest.of(layer);
    Path index = Files.createTempFile("layer-fuzz", ".index");
    try {
      // As a plain tar its own digest is the diffID, so that every check behind it is reached.
      new LayerPacker(LIMITS, attributes -> 4032, FrameCompression.DEFAULT)
          .pack(
              Layers.descriptor(layer),
              digest,
              new ByteArrayInputStream(layer),
              count -> {},
              OutputStream.nullOutputStream(),
              index);
      LayerMerge merge = new LayerMerge(LIMITS);
      merge.add(digest, digest, index);
      merge.finish();
    } catch (RejectedException refused) {
      String unused = refused.getMessage();
    } finally {
      Files.deleteIfExists(index);
    }
  }
}
