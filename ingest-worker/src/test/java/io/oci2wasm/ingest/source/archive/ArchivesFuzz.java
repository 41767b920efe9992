package io.oci2wasm.ingest.source.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.TestLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Archives of any bytes are walked, or refused as rejected: nothing else comes out. */
class ArchivesFuzz {
  private interface Opener {
    ImageSource open(Path file) throws RejectedException, IOException;
  }

  static Stream<byte[]> archives() throws IOException {
    byte[] layer = TestLayout.layer("file");
    Map<String, byte[]> saved = new LinkedHashMap<>();
    saved.put(
        "manifest.json",
        "[{\"Config\":\"c.json\",\"RepoTags\":[\"app:1\"],\"Layers\":[\"l/layer.tar\"]}]"
            .getBytes(UTF_8));
    saved.put("c.json", TestLayout.config(layer));
    saved.put("l/layer.tar", layer);
    Map<String, byte[]> layout = new LinkedHashMap<>();
    layout.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8));
    layout.put("index.json", "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(UTF_8));
    return Stream.of(TestLayout.tar(saved), TestLayout.tar(layout), new byte[0]);
  }

  @MethodSource("archives")
  @FuzzTest
  void shouldWalkOrRefuse(byte[] archive) throws IOException {
    Path file = Files.createTempFile("archive-fuzz", ".tar");
    try {
      Files.write(file, archive);
      walk(file, path -> Archives.openDocker(path, null, "docker-archive:fuzz"));
      walk(file, path -> Archives.openOci(path, null, "oci-archive:fuzz"));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void walk(Path file, Opener opener) throws IOException {
    try (ImageSource source = opener.open(file)) {
      ImageWalk.walk(source.root(), source, platform -> true);
    } catch (RejectedException refused) {
      String unused = refused.getMessage();
    }
  }
}
