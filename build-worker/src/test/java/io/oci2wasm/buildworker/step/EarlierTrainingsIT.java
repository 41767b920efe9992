package io.oci2wasm.buildworker.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.buildworker.TestStore;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What earlier trainings have yielded, in a real S3 server. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class EarlierTrainingsIT {
  private static final Platform AMD64 = Platform.parse("linux/amd64");
  private static final Training WAY =
      new Training(List.of("make test"), TrainingTime.DEFAULT, null, null);

  @TempDir private static Path directory;
  private static TestStore server;
  private static ObjectStore store;
  private static byte images;

  private final Sha256Digest manifest = Sha256Digest.of(new byte[] {1, images++});

  @BeforeAll
  static void start() throws Exception {
    server = new TestStore(directory);
    store = server.objects();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  /** Of a plain bundle of some engine. */
  private static TranslationRequested asked(
      Sha256Digest manifest,
      int engine,
      Platform platform,
      Training way,
      @Nullable ConversionOptions options) {
    return new TranslationRequested(
        "0".repeat(32),
        Lane.BULK,
        ImageReference.parse("r.example/team/app@" + manifest),
        platform,
        new Descriptor(MediaTypes.OCI_MANIFEST, manifest, 1),
        Integer.toString(engine).repeat(64),
        way,
        null,
        options,
        null);
  }

  private TranslationRequested asked(int engine) {
    return asked(manifest, engine, AMD64, WAY, null);
  }

  private static TrainingLog log(int engine) {
    Recording recording =
        new Recording(
            List.of(new Recording.Page(0, Sha256Digest.of(new byte[] {2}))),
            List.of(new Recording.Leader(0, 8, 1000 + engine, 0)),
            List.of());
    return new TrainingLog(Sha256Digest.of(new byte[] {3, (byte) engine}), List.of(recording));
  }

  private static String key(TrainingLog log) {
    return ObjectKeys.translation(Sha256Digest.of(log.encode()));
  }

  /** As a training does; the store's times are seconds. */
  private EarlierTrainings trained(int engine, TrainingLog log) throws Exception {
    EarlierTrainings trainings = new EarlierTrainings(store);
    store.put(key(log), log.encode());
    Instant last = newest();
    do {
      trainings.add(asked(engine), Sha256Digest.of(log.encode()));
      Thread.sleep(50);
    } while (!newest().isAfter(last));
    return trainings;
  }

  private Instant newest() throws IOException {
    List<StoredObject> all = new ArrayList<>();
    store.inventory().visit(ObjectKeys.trainings(manifest), all::add);
    return all.stream().map(StoredObject::modified).max(Instant::compareTo).orElse(Instant.MIN);
  }

  @Test
  void shouldFindTheLastLogWhateverEngineItIsOf() throws Exception {
    // Given
    EarlierTrainings trainings = trained(1, log(1));
    EarlierTrainings unused = trained(2, log(2));
    EarlierTrainings again = trained(3, log(1));

    // When, Then
    assertThat(trainings.find(asked(4))).contains(log(1));
    assertThat(again.find(asked(1))).contains(log(1));
    assertThat(unused.find(asked(2))).contains(log(1));
  }

  @Test
  void shouldFindNothingOfWhatWasTrainedInAnotherWay() throws Exception {
    // Given
    EarlierTrainings trainings = trained(1, log(1));
    Training longer = new Training(WAY.commands(), TrainingTime.parse("11s"), null, null);
    GuestMemory memory = GuestMemory.parse("64m");
    Training smaller = new Training(WAY.commands(), WAY.time(), memory, null);
    Training other = new Training(List.of("make"), WAY.time(), null, null);
    ConversionOptions options = new ConversionOptions(memory);

    // When, Then
    for (Training way : List.of(longer, smaller, other)) {
      assertThat(trainings.find(asked(manifest, 1, AMD64, way, null))).isEmpty();
    }
    assertThat(trainings.find(asked(manifest, 1, Platform.parse("linux/386"), WAY, null)))
        .isEmpty();
    assertThat(trainings.find(asked(manifest, 1, AMD64, WAY, options))).isEmpty();
    assertThat(trainings.find(asked(Sha256Digest.of(new byte[9]), 1, AMD64, WAY, null))).isEmpty();
    assertThat(trainings.find(asked(1))).contains(log(1));
  }

  @Test
  void shouldFindTheSameLogWithVectorsAndWithout() throws Exception {
    // Given
    EarlierTrainings trainings = trained(1, log(1));
    Training vectors = new Training(WAY.commands(), WAY.time(), null, true);
    TranslationRequested asked = asked(manifest, 1, AMD64, vectors, null);

    // When, Then
    assertThat(trainings.find(asked)).contains(log(1));
    trainings.add(asked, Sha256Digest.of(log(1).encode()));
    List<StoredObject> all = new ArrayList<>();
    store.inventory().visit(ObjectKeys.trainings(manifest), all::add);
    assertThat(all).hasSize(1);
  }

  /** An older one is as good; if there is none, the image is trained. */
  @Test
  void shouldPassByLogsThatAreGoneOrDamaged() throws Exception {
    // Given
    EarlierTrainings trainings = trained(1, log(4));
    EarlierTrainings later = trained(2, log(5));
    EarlierTrainings last = trained(3, log(6));
    byte[] swapped = log(4).encode();
    store.put(key(log(5)), swapped);
    store.inventory().delete(key(log(6)));

    // When, Then
    assertThat(last.find(asked(7))).contains(log(4));
    store.inventory().delete(key(log(4)));
    assertThat(later.find(asked(7))).isEmpty();
    assertThat(trainings.find(asked(7))).isEmpty();
  }
}
