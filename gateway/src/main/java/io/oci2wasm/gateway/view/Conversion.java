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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One platform of one request as the API shows it (docs/FORMATS.md, "HTTP API").
 *
 * @param history absent in lists
 */
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
    Instant updatedAt,
    @Nullable List<HistoryEntry> history) {
  public Conversion {
    history = history == null ? null : List.copyOf(history);
  }

  /** The same with the states it has had. */
  Conversion with(List<HistoryEntry> history) {
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
        queuedAt,
        updatedAt,
        history);
  }
}
