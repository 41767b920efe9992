package io.oci2wasm.api.event;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An image belongs to a batch: it was found in a registry's catalog, or was asked for before. */
public record BatchEntered(String batchId, ImageReference image) implements TopicEvent {
  public BatchEntered {
    RequestIds.check(batchId);
  }

  @Override
  public String type() {
    return Topics.BATCH_ENTERED;
  }

  /** The same for one image that is found twice. */
  @Override
  public String eventId() {
    byte[] reference = image.toString().getBytes(StandardCharsets.UTF_8);
    return batchId + "/batch.entered/" + Sha256Digest.of(reference).hex().substring(0, 32);
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return image.digest();
  }

  @Override
  public String recordKey() {
    return batchId;
  }
}
