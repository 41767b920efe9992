package io.oci2wasm.cli.pipeline;

import io.oci2wasm.gateway.retention.Bucket;
import io.oci2wasm.gateway.retention.ImageFacts;
import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A real store whose clock a test moves on: everything in it is older than it was. */
record AgedBucket(Bucket bucket, Clock clock) implements Bucket {
  @Override
  public Instant time() {
    return clock.instant();
  }

  @Override
  public void visit(String prefix, ImageFacts.Visitor<StoredObject> visitor) throws IOException {
    bucket.visit(prefix, visitor);
  }

  @Override
  public void visitUploads(ImageFacts.Visitor<StartedUpload> visitor) throws IOException {
    bucket.visitUploads(visitor);
  }

  @Override
  public Optional<byte[]> bytes(String key, int limit) throws IOException {
    return bucket.bytes(key, limit);
  }

  @Override
  public Map<String, byte[]> bytes(Collection<String> keys, int limit) throws IOException {
    return bucket.bytes(keys, limit);
  }

  @Override
  public Map<String, StoredObject> find(Collection<String> keys) throws IOException {
    return bucket.find(keys);
  }

  @Override
  public void delete(List<String> keys) throws IOException {
    bucket.delete(keys);
  }

  @Override
  public void abort(StartedUpload upload) throws IOException {
    bucket.abort(upload);
  }
}
