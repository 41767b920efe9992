package io.oci2wasm.gateway.live;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.projection.ChangedIds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Changes of batches that have not been sent yet. For one thread. */
final class LiveBatches {
  private final BatchReader view;

  /** Batches that may have changed. */
  private final Set<String> touched = new HashSet<>();

  /** What was told last of those that go on. */
  private final Map<String, Batch> told = new HashMap<>();

  LiveBatches(BatchReader view) {
    this.view = view;
  }

  /** Notes which batches these events are about, if any. */
  void note(ChangedIds events) throws UnavailableException {
    touched.addAll(events.batches());
    touched.addAll(view.ofRequests(events.requests()));
  }

  /** Notes all that are open: their rate changes though nothing happens. */
  void noteOpen() throws UnavailableException {
    touched.addAll(view.open());
  }

  /** The batches that are not as they were told last. */
  List<Batch> takeChanged() throws UnavailableException {
    List<Batch> changed = new ArrayList<>();
    for (Batch batch : view.find(touched)) {
      if (!batch.equals(told.get(batch.id()))) {
        changed.add(batch);
      }
    }
    touched.clear();
    for (Batch batch : changed) {
      if (batch.isOpen()) {
        told.put(batch.id(), batch);
      } else {
        told.remove(batch.id());
      }
    }
    return changed;
  }

  /** Nobody was there to be told. */
  void forget() {
    touched.clear();
    told.clear();
  }
}
