package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.oci.Descriptor;

/** Everything that the image's wanted platforms need is in the object store, digests verified. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImageIngested(
    String requestId, Lane lane, ImageReference image, Descriptor root, Blobs blobs)
    implements PipelineEvent {
  public ImageIngested {
    RequestIds.check(requestId);
    if (image.digest() == null) {
      throw new IllegalArgumentException(
          "event about " + image + ": found no digest, expected one after ingest");
    }
  }

  /** How many blobs the image has, and how many of them had to be fetched. */
  public record Blobs(int count, int fetched, long bytesFetched) {}

  @Override
  public String type() {
    return Topics.IMAGE_INGESTED;
  }

  @Override
  public String eventId() {
    return requestId;
  }
}
