package io.oci2wasm.buildworker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.buildworker.step.ConversionMetrics;
import io.oci2wasm.converter.convert.LayerStore.LayerSink;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers in a real S3 server, in parts of the least size that S3 allows. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class ObjectLayerStoreIT {
  private static final ConversionMetrics METRICS =
      new ConversionMetrics(new Monitoring().registry());
  private static final int PART = 5 << 20;
  private static final byte[] LARGE = new byte[2 * PART + 12345];

  @TempDir private static Path directory;
  private static EmbeddedStore server;
  private static ObjectStore store;

  @BeforeAll
  static void start() throws Exception {
    new Random(1).nextBytes(LARGE);
    server = EmbeddedStore.start(directory.resolve("s3"));
    store = open(StoreConfig.DEFAULT.bucket());
    store.ensureBucket();
  }

  private static ObjectStore open(String bucket) throws IOException {
    StoreConfig usual = StoreConfig.DEFAULT;
    return ObjectStore.open(
        new StoreConfig(
            server.endpoint(),
            usual.region(),
            bucket,
            usual.pathStyle(),
            server.accessKeyIdFile(),
            server.secretAccessKeyFile(),
            new ByteSize(PART),
            usual.connectTimeout(),
            usual.attemptTimeout(),
            usual.callTimeout()));
  }

  @AfterAll
  static void stop() throws IOException {
    store.close();
    server.close();
  }

  @Test
  void shouldKeepLayersWholeOrNotAtAll() throws Exception {
    Path scratch = Files.createDirectories(directory.resolve("scratch"));
    ObjectLayerStore layers = new ObjectLayerStore(store, scratch, METRICS);
    Sha256Digest diffId = Sha256Digest.of(new byte[] {1});
    Path index = Files.write(directory.resolve("index"), new byte[] {1, 2, 3});

    try (LayerSink abandoned = layers.create(diffId, "1");
        OutputStream data = abandoned.data()) {
      data.write(LARGE);
    }
    assertThat(layers.find(diffId, "1")).isEmpty();

    try (LayerSink sink = layers.create(diffId, "1")) {
      try (OutputStream data = sink.data()) {
        data.write(LARGE);
      }
      try (StoredLayer fresh = sink.commit(index)) {
        assertThat(piece(fresh, 100, 50)).isEqualTo(Arrays.copyOfRange(LARGE, 100, 150));
      }
    }
    try (StoredLayer found = layers.find(diffId, "1").orElseThrow()) {
      assertThat(Files.readAllBytes(found.index())).containsExactly(1, 2, 3);
      for (int offset : new int[] {0, 5000, PART + 7, LARGE.length - 9, 3}) {
        assertThat(piece(found, offset, 9))
            .isEqualTo(Arrays.copyOfRange(LARGE, offset, offset + 9));
      }
      assertThatThrownBy(() -> piece(found, LARGE.length - 9, 10))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("found its end");
    }
    assertThat(layers.find(diffId, "2")).isEmpty();
    try (var left = Files.list(scratch)) {
      assertThat(left).isEmpty();
    }
  }

  /** It is written beside other work, which learns of a failure at the latest when it is closed. */
  @Test
  void shouldFailWithTheStoresErrorIfALayerCannotBeWritten() throws Exception {
    Path scratch = Files.createDirectories(directory.resolve("failing"));
    Sha256Digest diffId = Sha256Digest.of(new byte[] {5});
    Path index = Files.write(directory.resolve("failing-index"), new byte[] {1, 2, 3});
    try (ObjectStore absent = open("absent")) {
      ObjectLayerStore layers = new ObjectLayerStore(absent, scratch, METRICS);
      StoredLayer layer;
      try (LayerSink sink = layers.create(diffId, "1")) {
        try (OutputStream data = sink.data()) {
          data.write(9);
        }
        layer = sink.commit(index);
      }

      assertThatThrownBy(layer::settle)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(ObjectKeys.layerData(diffId, "1"));
      assertThatThrownBy(layer::close)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(ObjectKeys.layerData(diffId, "1"));
    }
    try (var left = Files.list(scratch)) {
      assertThat(left).isEmpty();
    }
  }

  /** Who stores a bundle looks at its layers in any case. */
  @Test
  void shouldLookForALayerOnceInTwoSeconds() throws Exception {
    AtomicLong time = new AtomicLong();
    ObjectLayerStore layers = new ObjectLayerStore(store, directory, METRICS, time::get);
    Sha256Digest diffId = Sha256Digest.of(new byte[] {4});
    store.put(ObjectKeys.layerData(diffId, "1"), new byte[9]);
    store.put(ObjectKeys.layerIndex(diffId, "1"), new byte[] {1, 2, 3});
    layers.find(diffId, "1").orElseThrow().close();

    store.inventory().delete(ObjectKeys.layerIndex(diffId, "1"));

    try (StoredLayer found = layers.find(diffId, "1").orElseThrow()) {
      assertThat(Files.readAllBytes(found.index())).containsExactly(1, 2, 3);
    }
    assertThat(layers.anew().find(diffId, "1")).isEmpty();
    time.set(Duration.ofSeconds(2).toNanos());
    assertThat(layers.find(diffId, "1")).isEmpty();
  }

  @Test
  void shouldRememberWhichDiffIdABlobGave() throws Exception {
    ObjectLayerStore layers = new ObjectLayerStore(store, directory, METRICS);
    Sha256Digest blob = Sha256Digest.of(new byte[] {2});
    Sha256Digest diffId = Sha256Digest.of(new byte[] {3});

    layers.recordDiffId(blob, diffId);

    assertThat(layers.diffIdOf(blob)).contains(diffId);
    assertThat(new ObjectLayerStore(store, directory, METRICS).diffIdOf(blob)).contains(diffId);
    assertThat(layers.diffIdOf(diffId)).isEmpty();
  }

  private static byte[] piece(StoredLayer layer, long offset, long length) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (WritableByteChannel channel = Channels.newChannel(out)) {
      layer.copyData(offset, length, channel);
    }
    return out.toByteArray();
  }
}
