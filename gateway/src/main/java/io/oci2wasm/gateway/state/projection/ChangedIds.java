package io.oci2wasm.gateway.state.projection;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** Ids of the requests and batches that some events were about, in the order given. */
public record ChangedIds(Set<String> requests, Set<String> batches) {
  public ChangedIds {
    requests = Collections.unmodifiableSet(new LinkedHashSet<>(requests));
    batches = Collections.unmodifiableSet(new LinkedHashSet<>(batches));
  }
}
