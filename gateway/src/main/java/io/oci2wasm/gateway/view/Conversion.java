package io.oci2wasm.gateway.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
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
 * @param conversionId of the bundle, where one was announced
 * @param history absent in lists
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Conversion(
    String id,
    String requestId,
    @Nullable String conversionId,
    @JsonUnwrapped Target target,
    @JsonUnwrapped Status status,
    @JsonUnwrapped Times times,
    @Nullable List<HistoryEntry> history) {
  public Conversion {
    history = history == null ? null : List.copyOf(history);
  }

  /**
   * What is converted.
   *
   * @param platform null of a request as a whole
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Target(
      Lane lane,
      ImageReference image,
      @Nullable Platform platform,
      @Nullable Sha256Digest manifestDigest) {}

  /**
   * How it stands.
   *
   * @param stage which it waits for, where somebody works on it, or where it ended
   * @param reused absent, as {@code layers} and {@code bundle}, where there is no bundle
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Status(
      ConversionState state,
      Stage stage,
      @Nullable Boolean reused,
      @Nullable Layers layers,
      @Nullable Reason reason,
      @Nullable String message,
      @Nullable StoredBundle bundle) {}

  /**
   * When that was, and how long it took.
   *
   * @param since when it came into its state
   * @param waitedMs how long it had waited until then, in all stages; absent where that is not
   *     known
   * @param workedMs how long somebody had been at work on it until then; absent as {@code waitedMs}
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Times(
      Instant queuedAt,
      Instant since,
      @Nullable Long waitedMs,
      @Nullable Long workedMs,
      Instant updatedAt) {}

  /** The same with the states it has had. */
  Conversion with(List<HistoryEntry> history) {
    return new Conversion(id, requestId, conversionId, target, status, times, history);
  }
}
