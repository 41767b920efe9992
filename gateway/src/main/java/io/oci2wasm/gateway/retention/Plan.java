package io.oci2wasm.gateway.retention;

import io.oci2wasm.runtime.store.StartedUpload;
import java.util.List;

/**
 * What is to go.
 *
 * @param removals in the order in which they go
 * @param objects that were looked at
 * @param bytes that they have
 */
record Plan(List<Removal> removals, List<StartedUpload> uploads, long objects, long bytes) {
  Plan {
    removals = List.copyOf(removals);
    uploads = List.copyOf(uploads);
  }
}
