package io.oci2wasm.converter.sbom;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Lists of any bytes give a document that is as CycloneDX wants it. */
class PackageListFuzz {
  static Stream<byte[]> lists() {
    return Stream.of(
            """
            Package: a
            Status: install ok installed
            Source: b (1)
            Version: 1:2~3+4
            Architecture: amd64
            Description: c
             d

            Package: e
            Version: 1
            """,
            """
            P:musl
            V:1.2.5-r0
            A:x86_64
            L:MIT
            o:base
            F:lib

            P:f
            V:1
            L:a AND b
            """,
            "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian 12'\n",
            "")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("lists")
  @FuzzTest
  void shouldReadWhateverIsInAList(byte[] list) throws IOException {
    Found found = new Found();
    OsRelease release = new OsRelease();
    for (LineReader reader : List.of(new DpkgStatus(found), new ApkInstalled(found), release)) {
      Lines lines = new Lines(reader, list.length);
      int unused = lines.write(ByteBuffer.wrap(list));
      lines.finish();
    }
    var document =
        SbomTest.document(new OsPackages(release.system(), found.packages(), found.gaps()), null);
    if (document.path("components").isEmpty()) {
      throw new AssertionError("the engine is missing");
    }
  }
}
