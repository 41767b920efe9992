package io.oci2wasm.gateway.trim;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.gateway.state.snapshot.SnapshotStore;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Snapshots in the object store. */
public final class StoredSnapshots implements SnapshotStore {
  private final ObjectStore store;

  public StoredSnapshots(ObjectStore store) {
    this.store = store;
  }

  @Override
  public List<String> keys() throws IOException {
    return store.list(ObjectKeys.snapshots()).stream().map(ObjectInfo::key).toList();
  }

  @Override
  public Optional<InputStream> get(String key) throws IOException {
    return store.get(key);
  }

  @Override
  public void put(String key, Path file) throws IOException {
    store.put(key, file);
  }

  @Override
  public void delete(String key) throws IOException {
    store.inventory().delete(key);
  }
}
