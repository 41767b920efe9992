package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import org.jspecify.annotations.Nullable;

/** An event of the pipeline: it names its request and its image. */
public sealed interface PipelineEvent extends TopicEvent
    permits ImagePushed,
        ImageIngested,
        PlatformResolved,
        TranslationRequested,
        BundleBuilt,
        BundleDelivered,
        ConversionSkipped,
        ConversionFailed,
        StageStarted {
  String requestId();

  Lane lane();

  ImageReference image();

  /** The batch, where the event's image is one's and has not ended. */
  default @Nullable String batchId() {
    return null;
  }

  /** What of the image is wanted, where it is not all that is configured. */
  default @Nullable ConversionChoice choice() {
    return null;
  }

  /** The platform manifest this event is about, where it is about one. */
  @JsonIgnore
  default @Nullable Sha256Digest platformManifest() {
    return null;
  }

  @Override
  @JsonIgnore
  default String eventId() {
    String[] words = type().split("\\.", -1);
    Sha256Digest manifest = platformManifest();
    return requestId()
        + "/"
        + words[1]
        + "."
        + words[2]
        + "/"
        + (manifest == null ? "-" : manifest.hex());
  }

  @Override
  @JsonIgnore
  default @Nullable Sha256Digest subject() {
    return platformManifest() != null ? platformManifest() : image().digest();
  }

  @Override
  @JsonIgnore
  default String recordKey() {
    Sha256Digest digest = subject();
    return digest != null ? digest.toString() : image().registry() + "/" + image().repository();
  }
}
