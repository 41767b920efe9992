package io.oci2wasm.buildworker.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.buildworker.TestStore;
import io.oci2wasm.converter.train.LayerLogs;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.testsupport.AtOnce;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs of layers in a real S3 server. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class ObjectLayerLogsIT {
  private static final Sha256Digest ENGINE = Sha256Digest.of(new byte[] {1});
  private static final Sha256Digest OTHER_ENGINE = Sha256Digest.of(new byte[] {2});
  private static final Sha256Digest NO_ENGINE = new Sha256Digest("0".repeat(64));

  @TempDir private static Path directory;
  private static TestStore server;
  private static ObjectStore store;
  private static ObjectLayerLogs logs;
  private static byte layers;

  private final Sha256Digest layer = Sha256Digest.of(new byte[] {3, layers++});

  @BeforeAll
  static void start() throws Exception {
    server = new TestStore(directory);
    store = server.objects();
    logs = new ObjectLayerLogs(store);
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  /** Of one page with one hot place; the larger {@code number}, the colder. */
  private static Recording hot(int number) {
    return new Recording(
        List.of(new Recording.Page(0, Sha256Digest.of(new byte[] {4, (byte) number}))),
        List.of(new Recording.Leader(0, 0, 10_000 - number, 0)),
        List.of());
  }

  private List<String> keys() throws IOException {
    return store.list(ObjectKeys.layer(layer)).stream().map(ObjectInfo::key).toList();
  }

  private void put(Sha256Digest name, byte[] content) throws IOException {
    store.put(ObjectKeys.layerLog(layer, name), content);
  }

  private static byte[] log(Sha256Digest engine, Recording... recordings) {
    return new TrainingLog(engine, List.of(recordings)).encode();
  }

  @Test
  void shouldKeepOneObjectUnderItsOwnDigest() throws Exception {
    // When
    logs.add(layer, List.of(hot(2)));
    logs.add(layer, List.of(hot(1)));
    logs.add(layer, List.of(hot(2)));
    logs.add(layer, List.of());

    // Then
    assertThat(logs.read(layer)).containsExactly(hot(1), hot(2));
    assertThat(keys()).containsExactly(name(log(NO_ENGINE, hot(1), hot(2))));
    assertThat(logs.read(Sha256Digest.of(new byte[0]))).isEmpty();
  }

  @Test
  void shouldMergeLogsOfAnyEngineIntoTheSameBytes() throws Exception {
    // Given
    put(Sha256Digest.of(log(ENGINE, hot(1))), log(ENGINE, hot(1)));
    put(Sha256Digest.of(log(OTHER_ENGINE, hot(2))), log(OTHER_ENGINE, hot(2)));
    String ofAnotherFormat =
        ObjectKeys.layer(layer) + "log-" + ENGINE.hex() + "/" + OTHER_ENGINE.hex();
    store.put(ofAnotherFormat, log(ENGINE, hot(4)));

    // When
    List<Recording> before = logs.read(layer);
    logs.add(layer, List.of(hot(3)));

    // Then
    assertThat(before).containsExactlyInAnyOrder(hot(1), hot(2));
    assertThat(logs.read(layer)).containsExactly(hot(1), hot(2), hot(3));
    assertThat(keys())
        .containsExactlyInAnyOrder(name(log(NO_ENGINE, hot(1), hot(2), hot(3))), ofAnotherFormat);
  }

  /** The key of this log. */
  private String name(byte[] log) {
    return ObjectKeys.layerLog(layer, Sha256Digest.of(log));
  }

  @Test
  void shouldLoseNothingWhenWorkersAddAtOnce() throws Exception {
    int workers = 4;
    List<Recording> all = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      List<Callable<Boolean>> adding = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        Recording learnt = hot(round * workers + worker);
        all.add(learnt);
        ObjectLayerLogs process = new ObjectLayerLogs(store);
        adding.add(
            () -> {
              process.add(layer, List.of(learnt));
              return true;
            });
      }

      assertThat(AtOnce.call(adding)).hasSize(workers);

      assertThat(logs.read(layer)).containsAll(all);
      assertThat(keys()).hasSizeLessThanOrEqualTo(workers);
    }
    logs.add(layer, List.of(hot(0)));
    assertThat(keys()).hasSize(1);
    assertThat(logs.read(layer)).containsExactlyElementsOf(all);
  }

  @Test
  void shouldPassByWhatIsNoLogAndReplaceItAtTheNextTraining() throws Exception {
    // Given
    byte[] good = log(ENGINE, hot(1));
    byte[] truncated = Arrays.copyOf(good, good.length - 1);
    byte[] large = new byte[LayerLogs.MAX_LOG_BYTES + 1];
    byte[] garbage = {1, 2, 3};
    put(Sha256Digest.of(truncated), truncated);
    put(Sha256Digest.of(large), large);
    put(Sha256Digest.of(garbage), garbage);
    put(Sha256Digest.of(log(ENGINE, hot(3))), log(ENGINE, hot(4))); // another's name
    put(Sha256Digest.of(log(NO_ENGINE, hot(5))), garbage); // its own, damaged

    // When, Then
    assertThat(logs.read(layer)).isEmpty();
    assertThat(keys()).hasSize(5);
    logs.add(layer, List.of(hot(5)));
    assertThat(logs.read(layer)).containsExactly(hot(5));
    assertThat(keys()).containsExactly(name(log(NO_ENGINE, hot(5))));
  }

  /** What is there beyond that is left for the next one: it has not read it. */
  @Test
  void shouldMergeSomeObjectsAtATimeAndRemoveNoneItHasNotRead() throws Exception {
    // Given
    for (int i = 0; i < 20; i++) {
      put(Sha256Digest.of(log(ENGINE, hot(i))), log(ENGINE, hot(i)));
    }

    // When
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      logs.add(layer, List.of(hot(20 + i)));
      left.add(keys().size());
    }

    // Then
    assertThat(left).isSortedAccordingTo((one, other) -> other - one).endsWith(1);
    assertThat(logs.read(layer)).hasSize(25);
  }
}
