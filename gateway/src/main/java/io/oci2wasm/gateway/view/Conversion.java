package io.oci2wasm.gateway.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt.Layers;
import io.oci2wasm.api.event.BundleBuilt.StoredBundle;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One platform of one request as the API shows it (docs/FORMATS.md, "HTTP API").
 *
 * @param stage which it waits for, where somebody works on it, or where it ended
 * @param since when it came into this state
 * @param waitedMs how long it had waited until then, in all stages; absent where that is not known
 * @param workedMs how long somebody had been at work on it until then; absent as {@code waitedMs}
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
    Stage stage,
    @Nullable Boolean reused,
    @Nullable Layers layers,
    @Nullable Reason reason,
    @Nullable String message,
    @Nullable StoredBundle bundle,
    Instant queuedAt,
    Instant since,
    @Nullable Long waitedMs,
    @Nullable Long workedMs,
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
        stage,
        reused,
        layers,
        reason,
        message,
        bundle,
        queuedAt,
        since,
        waitedMs,
        workedMs,
        updatedAt,
        history);
  }
}
