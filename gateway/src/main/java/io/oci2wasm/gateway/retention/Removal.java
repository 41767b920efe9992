package io.oci2wasm.gateway.retention;

import io.oci2wasm.runtime.store.StoredObject;
import java.util.List;

/**
 * Objects that go together.
 *
 * @param name by which images want them: a key, or the prefix of a bundle or layer
 * @param objects the commit marker first, if there is one
 */
record Removal(Kind kind, Rule rule, String name, List<StoredObject> objects) {
  Removal {
    objects = List.copyOf(objects);
    if (objects.isEmpty()) {
      throw new IllegalArgumentException("removal of " + name + ": found no objects");
    }
  }

  long sizeBytes() {
    return objects.stream().mapToLong(StoredObject::size).sum();
  }
}
