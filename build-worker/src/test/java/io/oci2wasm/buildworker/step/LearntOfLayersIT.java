package io.oci2wasm.buildworker.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageConfig;
import io.oci2wasm.api.oci.ImageManifest;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.buildworker.TestStore;
import io.oci2wasm.buildworker.store.ObjectLayerLogs;
import io.oci2wasm.buildworker.store.ObjectLayerStore;
import io.oci2wasm.converter.train.FilePages;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who learns from whom, with a real S3 server. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class LearntOfLayersIT {
  private static final Sha256Digest ENGINE = Sha256Digest.of(new byte[] {1});
  private static final ImageReference SERVING = ImageReference.parse("r.example/team/app");
  private static final ImageReference OTHER = ImageReference.parse("r.example/team/other");
  private static final Sha256Digest BASE = diffId("base");
  private static final Sha256Digest UPPER = diffId("upper");
  private static final Sha256Digest SECRET = diffId("secret");

  @TempDir private static Path directory;
  private static TestStore server;
  private static ObjectStore store;
  private static ObjectLayerLogs logs;
  private static LearntOfLayers learnt;
  private static PlatformImage image;

  @BeforeAll
  static void start() throws Exception {
    server = new TestStore(directory);
    store = server.objects();
    logs = new ObjectLayerLogs(store);
    ObjectLayerStore layers =
        new ObjectLayerStore(
            store,
            Files.createDirectories(directory.resolve("scratch")),
            new ConversionMetrics(new Monitoring().registry()));
    learnt = new LearntOfLayers(store, layers, logs);
    image = image(layers);
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  private static Sha256Digest diffId(String layer) {
    return Sha256Digest.of(("unpacked " + layer).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Its base is served, its upper layer is not, and of the third the config says what is not so.
   */
  private static PlatformImage image(ObjectLayerStore layers) throws Exception {
    List<Descriptor> blobs = List.of(blob(1), blob(2), blob(3));
    for (Descriptor served : List.of(blobs.get(0), blobs.get(2))) {
      store.put(
          ObjectKeys.served(SERVING.registry(), SERVING.repository(), served.digest()),
          new byte[0]);
    }
    layers.recordDiffId(blobs.get(0).digest(), BASE);
    layers.recordDiffId(blobs.get(1).digest(), UPPER);
    layers.recordDiffId(blobs.get(2).digest(), diffId("what it is"));
    ImageConfig config =
        Json.MAPPER.convertValue(
            Map.of(
                "os",
                "linux",
                "architecture",
                "riscv64",
                "rootfs",
                Map.of("type", "layers", "diff_ids", List.of(BASE, UPPER, SECRET))),
            ImageConfig.class);
    ImageManifest manifest =
        Json.MAPPER.convertValue(
            Map.of("schemaVersion", 2, "config", blob(4), "layers", blobs), ImageManifest.class);
    return new PlatformImage(Platform.parse("linux/riscv64"), blob(5), manifest, config);
  }

  private static Descriptor blob(int number) {
    return new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(new byte[] {(byte) number}), 1);
  }

  private static byte[] page(int content) {
    return ByteBuffer.allocate(Recording.PAGE_BYTES).putInt(content).array();
  }

  private static Recording hot(int page, int count) {
    return new Recording(
        List.of(new Recording.Page(0, Sha256Digest.of(page(page)))),
        List.of(new Recording.Leader(0, 8, count, 0)),
        List.of());
  }

  /** Blocks of the three layers: pages 0 to 2. */
  private static FilePages pages(Set<Sha256Digest> wanted) throws IOException {
    ByteBuffer rootfs = ByteBuffer.allocate(3 * Recording.PAGE_BYTES);
    rootfs.put(page(0)).put(page(1)).put(page(2));
    List<Sha256Digest> layers = List.of(BASE, UPPER, SECRET);
    return FilePages.find(
        Channels.newChannel(new ByteArrayInputStream(rootfs.array())),
        wanted,
        block -> layers.get((int) block));
  }

  @Test
  void shouldLearnOnlyOfLayersWhoseBlobsTheRepositoryServes() throws Exception {
    // Given: what others have learnt, and somebody who keeps pages of one layer with another
    logs.add(BASE, List.of(hot(0, 900), hot(1, 901), hot(2, 902), hot(7, 903)));
    logs.add(UPPER, List.of(hot(1, 800)));
    logs.add(SECRET, List.of(hot(2, 700)));
    TrainingLog own = new TrainingLog(ENGINE, List.of(hot(1, 600), hot(2, 500)));

    // When
    LearntOfLayers.Known known = learnt.known(SERVING, image);
    LearntOfLayers.Known ofOthers = learnt.known(OTHER, image);
    FilePages pages = pages(known.pagesWith(own));

    // Then
    assertThat(known.recordings()).containsOnlyKeys(BASE);
    assertThat(known.with(own, pages)).containsExactly(hot(0, 900));
    assertThat(ofOthers.recordings()).isEmpty();
    assertThat(ofOthers.with(own, pages)).isEmpty();

    // And what it adds goes nowhere else
    TrainingLog more = new TrainingLog(ENGINE, List.of(hot(0, 1000), hot(1, 600), hot(2, 500)));
    learnt.add(ofOthers, more, pages);
    assertThat(logs.read(BASE)).doesNotContain(hot(0, 1000));
    learnt.add(known, more, pages);
    assertThat(logs.read(BASE)).contains(hot(0, 1000)).doesNotContain(hot(1, 600));
    assertThat(logs.read(UPPER)).containsExactly(hot(1, 800));
    assertThat(logs.read(SECRET)).containsExactly(hot(2, 700));
  }
}
