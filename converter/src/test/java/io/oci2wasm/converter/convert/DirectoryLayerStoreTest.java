package io.oci2wasm.converter.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.convert.LayerStore.LayerSink;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLayerStoreTest {
  private static final Sha256Digest BLOB = new Sha256Digest("b".repeat(64));
  private static final Sha256Digest DIFF_ID = new Sha256Digest("d".repeat(64));

  private Path directory;
  private Path index;
  private DirectoryLayerStore store;

  @BeforeEach
  void setUp(@TempDir Path temporary) throws IOException {
    directory = temporary.resolve("store");
    index = Files.writeString(temporary.resolve("index"), "the index");
    store = new DirectoryLayerStore(directory);
  }

  private void commit(byte[] data) throws IOException {
    try (LayerSink sink = store.create(DIFF_ID, "1")) {
      sink.data().write(data);
      sink.data().close();
      sink.commit(index).close();
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void shouldGiveCommittedLayerBack() throws Exception {
    // Given
    commit(new byte[] {0, 1, 2, 3, 4, 5});

    // When
    ByteArrayOutputStream copied = new ByteArrayOutputStream();
    try (StoredLayer layer = store.find(DIFF_ID, "1").orElseThrow()) {
      layer.copyData(2, 3, Channels.newChannel(copied));

      // Then
      assertThat(layer.index()).hasContent("the index");
    }
    assertThat(copied.toByteArray()).containsExactly(2, 3, 4);
  }

  @Test
  void shouldCopyToFileAtItsPosition() throws Exception {
    // Given
    commit(new byte[] {0, 1, 2, 3, 4, 5});
    Path target = directory.resolve("target");

    // When
    try (StoredLayer layer = store.find(DIFF_ID, "1").orElseThrow();
        FileChannel channel =
            FileChannel.open(target, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      layer.copyData(4, 2, channel);
      layer.copyData(0, 2, channel);
    }

    // Then
    assertThat(Files.readAllBytes(target)).containsExactly(4, 5, 0, 1);
  }

  @Test
  void shouldUseTheObjectStoresKeysAndNothingElse() throws Exception {
    // Given, When
    commit(new byte[4096]);
    store.recordDiffId(BLOB, DIFF_ID);

    // Then
    assertThat(files())
        .containsExactly(
            ObjectKeys.diffId(BLOB),
            ObjectKeys.layerData(DIFF_ID, "1"),
            ObjectKeys.layerIndex(DIFF_ID, "1"));
  }

  @Test
  void shouldLeaveNothingOfLayerThatIsNotCommitted() throws Exception {
    // Given
    try (LayerSink sink = store.create(DIFF_ID, "1")) {
      // When
      sink.data().write(1);
    }

    // Then
    assertThat(files()).isEmpty();
    assertThat(store.find(DIFF_ID, "1")).isEmpty();
    assertThat(directory.resolve("layers")).doesNotExist();
  }

  @Test
  void shouldNotFindLayerOfAnotherPackerVersion() throws Exception {
    // Given
    commit(new byte[4096]);

    // When, Then
    assertThat(store.find(DIFF_ID, "2")).isEmpty();
  }

  @Test
  void shouldNotFindLayerWithoutIndex() throws Exception {
    // Given
    commit(new byte[4096]);
    Files.delete(directory.resolve(ObjectKeys.layerIndex(DIFF_ID, "1")));

    // When, Then
    assertThat(store.find(DIFF_ID, "1")).isEmpty();
  }

  @Test
  void shouldRememberOnlyWhatWasRecorded() throws Exception {
    // Given
    store.recordDiffId(BLOB, DIFF_ID);

    // When, Then
    assertThat(store.diffIdOf(BLOB)).contains(DIFF_ID);
    assertThat(store.diffIdOf(DIFF_ID)).isEmpty();
  }

  @Test
  void shouldNameDamagedRecord() throws Exception {
    // Given
    store.recordDiffId(BLOB, DIFF_ID);
    Path record = directory.resolve(ObjectKeys.diffId(BLOB));
    Files.writeString(record, "sha256:half");

    // When, Then
    assertThatThrownBy(() -> store.diffIdOf(BLOB))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(record.toString())
        .hasMessageContaining("remove the file");
  }

  @Test
  void shouldFailOnDataThatIsTooShort() throws Exception {
    // Given
    commit(new byte[10]);

    // When, Then
    try (StoredLayer layer = store.find(DIFF_ID, "1").orElseThrow()) {
      assertThatThrownBy(
              () -> layer.copyData(8, 4, Channels.newChannel(new ByteArrayOutputStream())))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("found its end at byte 10")
          .hasMessageContaining("convert again");
    }
  }
}
