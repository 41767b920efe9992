package io.oci2wasm.runtime.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.embedded.EmbeddedStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What outlives the embedded server. */
class EmbeddedStoreIT {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void shouldKeepObjectsAndNothingOfAnUploadThatNobodyEnded() throws Exception {
    Path objects = directory.resolve("s3");
    EmbeddedStore dying = EmbeddedStore.start(objects);
    try (ObjectStore store = client(dying)) {
      store.ensureBucket();
      store.put("blobs/kept", "kept".getBytes(UTF_8));
      InputStream more = new SequenceInputStream(parts(2), closing(dying));

      assertThatThrownBy(() -> store.put("layers/lost", more, 3 * ObjectStoreIT.PART, () -> {}))
          .isInstanceOf(UnavailableException.class);
    }
    assertThat(files(objects)).hasSizeGreaterThan(1).anyMatch(file -> file.contains("layers/lost"));

    try (EmbeddedStore server = EmbeddedStore.start(objects);
        ObjectStore store = client(server)) {
      assertThat(files(objects)).containsExactly("oci2wasm/blobs/kept");
      assertThat(store.bytes("blobs/kept", 10)).contains("kept".getBytes(UTF_8));
    }
  }

  /** Files cannot lie below a file, where S3 has keys of any kind. */
  @Test
  void shouldServeARepositoryThatIsCalledLikeAMark() throws Exception {
    Sha256Digest digest = Sha256Digest.of(new byte[] {1});
    String app = ObjectKeys.served("r.example", "team/app", digest);
    String like = ObjectKeys.served("r.example", "team/app/sha256/" + digest.hex(), digest);
    try (EmbeddedStore server = EmbeddedStore.start(directory.resolve("s3"));
        ObjectStore store = client(server)) {
      store.ensureBucket();

      store.put(like, "like".getBytes(UTF_8));
      store.put(app, "app".getBytes(UTF_8));

      assertThat(store.bytes(app, 10)).contains("app".getBytes(UTF_8));
      assertThat(store.bytes(like, 10)).contains("like".getBytes(UTF_8));
      assertThat(store.list("served/r.example/team")).hasSize(2);
    }
  }

  private static InputStream parts(int count) {
    return new ByteArrayInputStream(new byte[count * ObjectStoreIT.PART]);
  }

  /** One part more, at whose beginning the server ends. */
  private static InputStream closing(EmbeddedStore server) {
    InputStream last = parts(1);
    return new InputStream() {
      private boolean closed;

      @Override
      public int read() throws IOException {
        throw new UnsupportedOperationException("nobody reads single bytes");
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        if (!closed) {
          closed = true;
          server.close();
        }
        return last.read(buffer, offset, length);
      }
    };
  }

  private static List<String> files(Path objects) throws IOException {
    try (Stream<Path> all = Files.walk(objects)) {
      return all.filter(Files::isRegularFile)
          .map(file -> objects.relativize(file).toString())
          .toList();
    }
  }

  private static ObjectStore client(EmbeddedStore server) {
    return ObjectStore.open(ObjectStoreIT.inSmallParts(server));
  }
}
