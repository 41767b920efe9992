package io.oci2wasm.buildworker.store;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.converter.convert.RootfsLayout;
import io.oci2wasm.converter.convert.RootfsStore;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

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
    return areThere(parts(name, layout)) ? Optional.of(layout) : Optional.empty();
  }

  /** What a layout speaks of, with sizes where it tells them. */
  private static Map<String, OptionalLong> parts(Name name, RootfsLayout layout) {
    Map<String, OptionalLong> parts = new LinkedHashMap<>();
    parts.put(metadata(name), OptionalLong.of(layout.frames().start(layout.metadataFrames())));
    for (int layer = 0; layer < name.diffIds().size(); layer++) {
      // A layer without its commit marker does not exist: its data may go any moment.
      parts.put(
          ObjectKeys.layerIndex(name.diffIds().get(layer), name.packer()), OptionalLong.empty());
      parts.put(
          ObjectKeys.layerData(name.diffIds().get(layer), name.packer()),
          OptionalLong.of(layout.layerSizes().get(layer)));
    }
    return parts;
  }

  private boolean areThere(Map<String, OptionalLong> parts) throws IOException {
    for (Optional<ObjectInfo> found : store.looks().heads(List.copyOf(parts.keySet()))) {
      if (found.isEmpty()) {
        return false;
      }
      OptionalLong size = parts.getOrDefault(found.get().key(), OptionalLong.empty());
      if (size.isPresent() && size.getAsLong() != found.get().size()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void put(Name name, Path metadata, RootfsLayout layout) throws IOException {
    store.put(metadata(name), metadata);
    store.looks().found(new ObjectInfo(metadata(name), Files.size(metadata)));
    String key = ObjectKeys.rootfsLayout(name.diffIds(), name.packer(), name.converter());
    byte[] json = layout.toJson();
    store.put(key, json);
    store.looks().found(new ObjectInfo(key, json.length));
  }

  private static String metadata(Name name) {
    return ObjectKeys.rootfsMetadata(name.diffIds(), name.packer(), name.converter());
  }
}
