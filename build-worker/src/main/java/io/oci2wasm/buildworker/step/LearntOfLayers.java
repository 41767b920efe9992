package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.convert.LayerStore;
import io.oci2wasm.converter.train.FilePages;
import io.oci2wasm.converter.train.LayerLogStore;
import io.oci2wasm.converter.train.LayerLogs;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What trainings of other images have learnt of an image's layers, and what its own one adds
 * (docs/FORMATS.md, "Logs of layers").
 */
public final class LearntOfLayers {
  private final ObjectStore store;
  private final LayerStore layers;
  private final LayerLogStore logs;

  /** {@code layers}: which know what blobs were unpacked to. */
  public LearntOfLayers(ObjectStore store, LayerStore layers, LayerLogStore logs) {
    this.store = store;
    this.layers = layers;
    this.logs = logs;
  }

  /**
   * What is known of layers, by their diffIDs: of each that may be asked for, if only that nothing
   * is.
   */
  record Known(Map<Sha256Digest, List<Recording>> recordings) {
    Known {
      recordings = Map.copyOf(recordings);
    }

    /** The digests of all pages, also of those that {@code log} tells of. */
    Set<Sha256Digest> pagesWith(TrainingLog log) {
      Set<Sha256Digest> pages = new HashSet<>(log.pages());
      for (List<Recording> some : recordings.values()) {
        some.forEach(one -> one.pages().forEach(page -> pages.add(page.digest())));
      }
      return pages;
    }

    /**
     * What will be known of the layers when they have learnt from {@code log}: so that training an
     * image once more gives the same. Only in pages of the layer that it is kept with, wherever it
     * says that it lies.
     */
    List<Recording> with(TrainingLog log, FilePages pages) {
      List<Recording> all = new ArrayList<>();
      recordings.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(
              one -> {
                List<Recording> learnt = new ArrayList<>(one.getValue());
                learnt.addAll(pages.ofLayer(one.getKey(), log.recordings()));
                all.addAll(pages.ofLayer(one.getKey(), LayerLogs.merge(learnt).recordings()));
              });
      return all;
    }
  }

  /**
   * What is known of those layers of an image whose blobs its repository has shown that it serves,
   * and that these blobs were unpacked to. What a config says of layers proves nothing.
   */
  Known known(ImageReference repository, PlatformImage image) throws IOException {
    Map<Sha256Digest, List<Recording>> known = new LinkedHashMap<>();
    List<Descriptor> blobs = image.manifest().layers();
    List<Sha256Digest> diffIds = image.config().rootfs().diffIds();
    for (int i = 0; i < Math.min(blobs.size(), diffIds.size()); i++) {
      Sha256Digest blob = blobs.get(i).digest();
      Sha256Digest diffId = diffIds.get(i);
      String served = ObjectKeys.served(repository.registry(), repository.repository(), blob);
      Optional<Sha256Digest> unpacked = layers.diffIdOf(blob);
      if (!known.containsKey(diffId)
          && unpacked.filter(diffId::equals).isPresent()
          && store.head(served).isPresent()) {
        known.put(diffId, logs.read(diffId));
      }
    }
    return new Known(known);
  }

  /** Gives each layer what {@code log} tells of its pages. */
  void add(Known layersOfImage, TrainingLog log, FilePages pages) throws IOException {
    for (Sha256Digest diffId : layersOfImage.recordings().keySet()) {
      List<Recording> learnt = pages.ofLayer(diffId, log.recordings());
      if (!learnt.isEmpty()) {
        logs.add(diffId, learnt);
      }
    }
  }
}
