package io.oci2wasm.gateway.state.projection;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** What some events were about: ids of requests and of batches, in the order given. */
public record ChangedIds(Set<String> requests, Set<String> batches) {
  public ChangedIds {
    requests = Collections.unmodifiableSet(new LinkedHashSet<>(requests));
    batches = Collections.unmodifiableSet(new LinkedHashSet<>(batches));
  }
}
