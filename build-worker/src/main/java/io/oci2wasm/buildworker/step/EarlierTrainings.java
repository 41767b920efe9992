package io.oci2wasm.buildworker.step;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which logs the trainings of an image have yielded, with whatever engine: a new engine begins with
 * the last of them, and nothing is run (docs/FORMATS.md, "Trained bundles").
 */
final class EarlierTrainings {
  private static final Logger LOGGER = LoggerFactory.getLogger(EarlierTrainings.class);

  private final ObjectStore store;

  EarlierTrainings(ObjectStore store) {
    this.store = store;
  }

  /** How an image is trained: all but the engine that decides about the log, which has no code. */
  private record Way(ConversionOptions options, Platform platform, Training training) {
    static byte[] json(TranslationRequested event) throws JsonProcessingException {
      return Json.MAPPER.writeValueAsBytes(
          new Way(event.optionsOrNone(), event.platform(), event.training().withoutVectors()));
    }
  }

  /** The last log of the same image, trained in the same way, that is still there. */
  Optional<TrainingLog> find(TranslationRequested event) throws IOException {
    Sha256Digest way = Sha256Digest.of(Way.json(event));
    List<StoredObject> trainings = new ArrayList<>();
    store.inventory().visit(ObjectKeys.trainings(event.manifest().digest()), trainings::add);
    trainings.sort(
        Comparator.comparing(StoredObject::modified).thenComparing(StoredObject::key).reversed());
    for (StoredObject training : trainings) {
      Optional<Sha256Digest> log = ObjectKeys.logOfTraining(training.key(), way);
      if (log.isPresent()) {
        Optional<TrainingLog> found = read(log.get());
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<TrainingLog> read(Sha256Digest log) throws IOException {
    String key = ObjectKeys.translation(log);
    Optional<byte[]> bytes = store.bytes(key, TrainingRuns.MAX_LOG_BYTES);
    if (bytes.isEmpty()) {
      return Optional.empty(); // retention has removed it
    }
    try {
      Sha256Digest found = Sha256Digest.of(bytes.get());
      if (!found.equals(log)) {
        throw new IOException("found digest " + found + ", expected the one that its key names");
      }
      return Optional.of(TrainingLog.parse(bytes.get()));
    } catch (IOException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.OBJECT_KEY, key)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("An earlier training's log is passed by");
      return Optional.empty();
    }
  }

  /** Notes what a training has yielded. The log is stored by now. */
  void add(TranslationRequested event, Sha256Digest log) throws IOException {
    byte[] way = Way.json(event);
    store.put(ObjectKeys.training(event.manifest().digest(), log, Sha256Digest.of(way)), way);
  }
}
