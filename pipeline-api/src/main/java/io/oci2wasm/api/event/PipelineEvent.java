package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import org.jspecify.annotations.Nullable;

/**
 * What every event of the pipeline tells: which request it belongs to, and which image it is about.
 */
public sealed interface PipelineEvent
    permits ImagePushed,
        ImageIngested,
        PlatformResolved,
        BundleBuilt,
        ConversionSkipped,
        ConversionFailed,
        StageStarted {
  String requestId();

  Lane lane();

  ImageReference image();

  /** The CloudEvents type: the topic's name without lane. */
  @JsonIgnore
  String type();

  /** The platform manifest this event is about, where it is about one. */
  @JsonIgnore
  default @Nullable Sha256Digest platformManifest() {
    return null;
  }

  /** The CloudEvents id: equal for repeated announcements of the same thing. */
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
        + (manifest == null ? "-" : manifest.shortHex());
  }

  /** The record key: the digest the event is about, else the repository. */
  @JsonIgnore
  default String recordKey() {
    Sha256Digest digest = platformManifest() != null ? platformManifest() : image().digest();
    return digest != null ? digest.toString() : image().registry() + "/" + image().repository();
  }
}
