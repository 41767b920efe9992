package io.oci2wasm.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What came into an embedded object store since the watch began, and whether it may be there. */
final class StoreWatch {
  private static final int MAX_BLOB_BYTES = 64 << 20;

  private final ObjectStore store;
  private final String registry;
  private final Set<String> before;

  /** Begins; {@code registry} is the one images come from. */
  StoreWatch(ObjectStore store, String registry) throws IOException {
    this.store = store;
    this.registry = registry;
    this.before = Set.copyOf(keys(""));
  }

  List<String> newKeys(String prefix) throws IOException {
    return keys(prefix).stream().filter(key -> !before.contains(key)).toList();
  }

  void assertNothingConverted() throws IOException {
    assertThat(newKeys("bundles/")).isEmpty();
    assertThat(newKeys("layers/")).isEmpty();
    assertThat(newKeys("diffids/")).isEmpty();
  }

  /** Neither the blob is there, nor the mark that the repository serves it. */
  void assertNotIngested(String repository, byte[] blob) throws IOException {
    assertThat(store.head(ObjectKeys.blob(Sha256Digest.of(blob)))).isEmpty();
    assertNotServed(repository, Sha256Digest.of(blob));
  }

  /** The blob may be there for other repositories. */
  void assertNotServed(String repository, Sha256Digest blob) throws IOException {
    assertThat(store.head(ObjectKeys.served(registry, repository, blob))).isEmpty();
  }

  /** Blobs are what their keys say, and the server's directory holds objects and nothing else. */
  void assertWhole(Path directory) throws IOException {
    for (String key : newKeys("blobs/")) {
      byte[] content = store.bytes(key, MAX_BLOB_BYTES).orElseThrow();
      assertThat(key).isEqualTo(ObjectKeys.blob(Sha256Digest.of(content)));
    }
    // More files than objects would be parts of uploads that were given up.
    assertThat(files(directory)).hasSameSizeAs(keys(""));
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.filter(Files::isRegularFile).toList();
    }
  }

  private List<String> keys(String prefix) throws IOException {
    return store.list(prefix).stream().map(ObjectInfo::key).toList();
  }
}
