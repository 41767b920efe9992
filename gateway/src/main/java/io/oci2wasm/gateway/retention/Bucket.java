package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The object store as retention needs it. Throws {@link UnavailableException} if it does not
 * answer.
 */
public interface Bucket {
  /** Shows every object whose key begins with {@code prefix}, in the order of the keys. */
  void visit(String prefix, ImageFacts.Visitor<StoredObject> visitor) throws IOException;

  /** Shows every multipart upload that was begun and has not ended. */
  void visitUploads(ImageFacts.Visitor<StartedUpload> visitor) throws IOException;

  /** The whole of a small object, if there is one. */
  Optional<byte[]> bytes(String key, int limit) throws IOException;

  /** The whole of each of these small objects that there is, by key. */
  Map<String, byte[]> bytes(Collection<String> keys, int limit) throws IOException;

  /** Those of the objects that there are, as they are now, by key. */
  Map<String, StoredObject> find(Collection<String> keys) throws IOException;

  /** Removes objects, in no order; one that is gone already is no failure. */
  void delete(List<String> keys) throws IOException;

  /** Gives up an upload and removes its parts; one that has ended meanwhile is no failure. */
  void abort(StartedUpload upload) throws IOException;

  /** What time it is by the clock that gives objects their age. */
  Instant time() throws IOException;
}
