package io.oci2wasm.gateway.state.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where snapshots lie. Objects appear whole or not at all. */
public interface SnapshotStore {
  /** The names of all of them. */
  List<String> keys() throws IOException;

  /** The bytes of one, if it exists. The caller closes the stream. */
  Optional<InputStream> get(String key) throws IOException;

  void put(String key, Path file) throws IOException;

  /** Removes one; one that is gone already is no failure. */
  void delete(String key) throws IOException;
}
