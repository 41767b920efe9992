package io.oci2wasm.gateway.state;

import static io.oci2wasm.gateway.state.SampleRequest.INDEX;
import static io.oci2wasm.gateway.state.SampleRequest.time;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.state.batch.BatchEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A batch of images that {@link SampleRequest} names. */
public record SampleBatch(BatchRequested.Kind kind, String id, double rate) {
  public SampleBatch(BatchRequested.Kind kind) {
    this(kind, "b".repeat(32), 0);
  }

  public BatchRequested requested() {
    return new BatchRequested(id, kind, "r.example", List.of(), null, null, rate, time(0));
  }

  public BatchEntered entered(String name) {
    return entered(name, "1");
  }

  public BatchEntered entered(String name, @Nullable String tag) {
    return new BatchEntered(id, new ImageReference("r.example", "team/" + name, tag, INDEX));
  }

  public BatchChanged listed(int entries) {
    return new BatchChanged(id, Change.LISTED, null, time(1), entries);
  }

  public BatchChanged changed(Change change, int second) {
    return new BatchChanged(id, change, null, time(second));
  }

  /** The request that an image becomes. */
  public SampleRequest request(String name, int second) {
    return new SampleRequest(name, second, BatchEntry.of(entered(name)).requestId());
  }
}
