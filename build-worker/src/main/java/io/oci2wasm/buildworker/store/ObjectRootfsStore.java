package io.oci2wasm.buildworker.store;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.converter.convert.RootfsLayout;
import io.oci2wasm.converter.convert.RootfsStore;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Filesystems in the object store, shared by all build-workers. */
public final class ObjectRootfsStore implements RootfsStore {
  private static final int MAX_LAYOUT_BYTES = 64 << 20;

  private final ObjectStore store;
  private final boolean anew;

  public ObjectRootfsStore(ObjectStore store) {
    this(store, false);
  }

  private ObjectRootfsStore(ObjectStore store, boolean anew) {
    this.store = store;
    this.anew = anew;
  }

  /** The same store, which finds nothing: everything is written anew. */
  public ObjectRootfsStore anew() {
    return new ObjectRootfsStore(store, true);
  }

  @Override
  public Optional<RootfsLayout> find(Name name) throws IOException {
    if (anew) {
      return Optional.empty();
    }
    Optional<byte[]> json =
        store.bytes(
            ObjectKeys.rootfsLayout(name.diffIds(), name.packer(), name.converter()),
            MAX_LAYOUT_BYTES);
    if (json.isEmpty()) {
      return Optional.empty();
    }
    RootfsLayout layout = RootfsLayout.parse(json.get());
    Map<String, Long> parts = new HashMap<>();
    parts.put(metadata(name), layout.frames().start(layout.metadataFrames()));
    for (int layer = 0; layer < name.diffIds().size(); layer++) {
      // A layer without its commit marker does not exist: its data may go any moment.
      if (store.head(ObjectKeys.layerIndex(name.diffIds().get(layer), name.packer())).isEmpty()) {
        return Optional.empty();
      }
      parts.put(
          ObjectKeys.layerData(name.diffIds().get(layer), name.packer()),
          layout.layerSizes().get(layer));
    }
    for (Map.Entry<String, Long> part : parts.entrySet()) {
      long size = part.getValue();
      if (store.head(part.getKey()).filter(found -> found.size() == size).isEmpty()) {
        return Optional.empty();
      }
    }
    return Optional.of(layout);
  }

  @Override
  public void put(Name name, Path metadata, RootfsLayout layout) throws IOException {
    store.put(metadata(name), metadata);
    store.put(
        ObjectKeys.rootfsLayout(name.diffIds(), name.packer(), name.converter()), layout.toJson());
  }

  private static String metadata(Name name) {
    return ObjectKeys.rootfsMetadata(name.diffIds(), name.packer(), name.converter());
  }
}
