package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.oci.Descriptor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the image's wanted platforms need is in the object store, digests verified, but
 * for the platforms in {@code failures}.
 *
 * @param children the manifests and indexes that an index lists, at any depth; no more than a
 *     thousand
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImageIngested(
    String requestId,
    Lane lane,
    ImageReference image,
    Descriptor root,
    Blobs blobs,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<PlatformFailure> failures,
    @Nullable String batchId,
    @Nullable ConversionChoice choice,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Sha256Digest> children)
    implements PipelineEvent {
  public ImageIngested {
    RequestIds.check(requestId);
    if (image.digest() == null) {
      throw new IllegalArgumentException(
          "event about " + image + ": found no digest, expected one after ingest");
    }
    failures = failures == null ? List.of() : List.copyOf(failures);
    children = children == null ? List.of() : List.copyOf(children);
  }

  /** Belongs to no batch, wants all that is configured, and is no index. */
  public ImageIngested(
      String requestId,
      Lane lane,
      ImageReference image,
      Descriptor root,
      Blobs blobs,
      List<PlatformFailure> failures) {
    this(requestId, lane, image, root, blobs, failures, null, null, List.of());
  }

  /** How many blobs the image has, and how many of them had to be fetched. */
  public record Blobs(int count, int fetched, long bytesFetched) {}

  /** A platform whose content could not be had; its siblings go on. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PlatformFailure(
      Descriptor manifest, @Nullable Platform platform, Reason reason, String message) {
    public PlatformFailure {
      message = Messages.bounded(message);
    }
  }

  @Override
  public String type() {
    return Topics.IMAGE_INGESTED;
  }

  @Override
  public String eventId() {
    return requestId;
  }
}
