package io.oci2wasm.buildworker.store;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.train.LayerLogStore;
import io.oci2wasm.converter.train.LayerLogs;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs of layers in the object store, to which all build-workers add (docs/FORMATS.md, "Logs of
 * layers"). Objects never change. Who writes replaces those that it has read by one that is made of
 * them: two at the same time leave two, and nothing is lost.
 */
public final class ObjectLayerLogs implements LayerLogStore {
  private static final Logger LOGGER = LoggerFactory.getLogger(ObjectLayerLogs.class);

  /** What is there beyond this is left to the next writer. */
  private static final int AT_ONCE = 7;

  private final ObjectStore store;

  public ObjectLayerLogs(ObjectStore store) {
    this.store = store;
  }

  /**
   * An object that was read.
   *
   * @param recordings none if it is no log
   */
  private record Stored(boolean good, List<Recording> recordings) {}

  @Override
  public List<Recording> read(Sha256Digest diffId) throws IOException {
    return recordings(stored(diffId));
  }

  @Override
  public void add(Sha256Digest diffId, List<Recording> learnt) throws IOException {
    Map<String, Stored> before = stored(diffId);
    List<Recording> all = recordings(before);
    all.addAll(learnt);
    TrainingLog merged = LayerLogs.merge(all);
    if (merged.recordings().isEmpty()) {
      return;
    }
    byte[] bytes = merged.encode();
    String key = ObjectKeys.layerLog(diffId, Sha256Digest.of(bytes));
    Stored same = before.remove(key);
    if (same == null || !same.good()) {
      store.put(key, bytes);
    }
    store.inventory().delete(List.copyOf(before.keySet()));
  }

  private static List<Recording> recordings(Map<String, Stored> stored) {
    List<Recording> all = new ArrayList<>();
    stored.values().forEach(one -> all.addAll(one.recordings()));
    return all;
  }

  private Map<String, Stored> stored(Sha256Digest diffId) throws IOException {
    Map<String, Stored> stored = new LinkedHashMap<>();
    List<ObjectInfo> there = store.list(ObjectKeys.layerLogs(diffId));
    for (ObjectInfo object : there.subList(0, Math.min(AT_ONCE, there.size()))) {
      if (object.size() > LayerLogs.MAX_LOG_BYTES) {
        stored.put(
            object.key(),
            passedBy(
                object,
                "found " + object.size() + " bytes, expected at most " + LayerLogs.MAX_LOG_BYTES));
        continue;
      }
      Optional<byte[]> bytes = store.bytes(object.key(), LayerLogs.MAX_LOG_BYTES);
      if (bytes.isPresent()) { // else it was merged meanwhile
        stored.put(object.key(), parse(object, diffId, bytes.get()));
      }
    }
    return stored;
  }

  private static Stored parse(ObjectInfo object, Sha256Digest diffId, byte[] bytes) {
    Sha256Digest digest = Sha256Digest.of(bytes);
    if (!object.key().equals(ObjectKeys.layerLog(diffId, digest))) {
      return passedBy(object, "found digest " + digest + ", expected the one that its key names");
    }
    try {
      TrainingLog log = TrainingLog.parse(bytes);
      // Whoever wrote it: no page is farther from the others than an engine takes.
      return new Stored(true, TrainingLog.of(log.engine(), log.recordings()).recordings());
    } catch (IOException e) {
      return passedBy(object, String.valueOf(e.getMessage()));
    }
  }

  private static Stored passedBy(ObjectInfo object, String error) {
    LOGGER
        .atWarn()
        .addKeyValue(LogKeys.OBJECT_KEY, object.key())
        .addKeyValue(LogKeys.ERROR, error)
        .log(
            "A layer's log is passed by; the next training of an image with this layer removes it");
    return new Stored(false, List.of());
  }
}
