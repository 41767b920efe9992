package io.oci2wasm.gateway.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BundleBuilt.Layers;
import io.oci2wasm.api.event.BundleBuilt.StoredBundle;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One platform of one request as the API shows it (docs/FORMATS.md, "HTTP API"). */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Conversion(
    String id,
    String requestId,
    @Nullable String conversionId,
    Lane lane,
    ImageReference image,
    @Nullable Platform platform,
    @Nullable Sha256Digest manifestDigest,
    ConversionState state,
    @Nullable Boolean reused,
    @Nullable Layers layers,
    @Nullable Reason reason,
    @Nullable String message,
    @Nullable StoredBundle bundle,
    Instant queuedAt,
    Instant updatedAt) {

  /**
   * What is known from both. The order in which events arrive does not matter: the further state
   * wins, and a bundle that was built wins over everything.
   */
  Conversion merge(Conversion other) {
    Conversion further = isFurtherThan(other) ? this : other;
    return new Conversion(
        id,
        requestId,
        further.conversionId,
        lane,
        image.digest() != null ? image : other.image,
        platform != null ? platform : other.platform,
        manifestDigest,
        further.state,
        further.reused,
        further.layers,
        further.reason,
        further.message,
        further.bundle,
        queuedAt.isBefore(other.queuedAt) ? queuedAt : other.queuedAt,
        updatedAt.isAfter(other.updatedAt) ? updatedAt : other.updatedAt);
  }

  /** The same as of the moment its request was queued. */
  Conversion queuedAt(Instant time) {
    return new Conversion(
        id,
        requestId,
        conversionId,
        lane,
        image,
        platform,
        manifestDigest,
        state,
        reused,
        layers,
        reason,
        message,
        bundle,
        time,
        updatedAt);
  }

  boolean isEnded() {
    return rank() >= ENDED;
  }

  /** Of two announcements of one bundle the one that made it says more. */
  private boolean isFurtherThan(Conversion other) {
    return rank() != other.rank() ? rank() > other.rank() : !Boolean.TRUE.equals(reused);
  }

  private static final int ENDED = 4;

  private int rank() {
    return switch (state) {
      case QUEUED -> 0;
      case INGESTING -> 1;
      case RESOLVING -> 2;
      case BUILDING -> 3;
      case SKIPPED -> ENDED;
      case FAILED -> ENDED + 1;
      case BUILT -> ENDED + 2;
    };
  }
}
