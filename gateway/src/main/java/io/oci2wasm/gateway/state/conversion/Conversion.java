package io.oci2wasm.gateway.state.conversion;

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
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.mapper.reflect.JdbiConstructor;
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

  /** A row of the table {@code conversion}. */
  static final RowMapper<Conversion> ROW = ConstructorMapper.of(Conversion.class);

  /** As columns have it: the history has a table of its own. */
  @JdbiConstructor
  public static Conversion ofRow(
      String id,
      String requestId,
      @Nullable String conversionId,
      @Nested Target target,
      @Nested Status status,
      @Nested Times times) {
    return new Conversion(id, requestId, conversionId, target, status, times, null);
  }

  /**
   * What is converted.
   *
   * @param platform null of a request as a whole
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Target(
      Lane lane,
      @Nested ImageReference image,
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
      @Nullable StoredBundle bundle) {
    /** As columns have it; those that older gateways wrote have no stage. */
    @JdbiConstructor
    public static Status ofRow(
        ConversionState state,
        @Nullable Stage stage,
        @Nullable Boolean reused,
        @Nullable Reason reason,
        @Nullable String message,
        @Nested BundleColumns made) {
      StoredBundle bundle = made.bundle();
      return new Status(
          state,
          stage == null ? stageOf(state) : stage,
          bundle == null ? null : reused,
          bundle == null ? null : made.layers(),
          reason,
          message,
          bundle);
    }

    private static Stage stageOf(ConversionState state) {
      return switch (state) {
        case QUEUED, INGESTING, SKIPPED, FAILED -> Stage.INGEST;
        case RESOLVING -> Stage.RESOLVE;
        case BUILDING, BUILT, REMOVED -> Stage.BUILD;
      };
    }
  }

  /** The columns of what was made, all NULL where there is no bundle. */
  public record BundleColumns(
      @Nullable Integer layerCount,
      @Nullable Integer layersConverted,
      @Nullable String bundleKey,
      @Nullable Sha256Digest bundleDigest,
      @Nullable Long bundleSize) {
    private @Nullable Layers layers() {
      return layerCount == null || layersConverted == null
          ? null
          : new Layers(layerCount, layersConverted);
    }

    private @Nullable StoredBundle bundle() {
      return bundleKey == null || bundleDigest == null || bundleSize == null
          ? null
          : new StoredBundle(bundleKey, bundleDigest, bundleSize);
    }
  }

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
      Instant updatedAt) {
    /** As columns have it; those that older gateways wrote do not say since when. */
    @JdbiConstructor
    public static Times ofRow(
        Instant queuedAt,
        @Nullable Instant since,
        @Nullable Long waitedMs,
        @Nullable Long workedMs,
        Instant updatedAt) {
      return new Times(queuedAt, since == null ? updatedAt : since, waitedMs, workedMs, updatedAt);
    }
  }

  /** The same with the states it has had. */
  Conversion with(List<HistoryEntry> history) {
    return new Conversion(id, requestId, conversionId, target, status, times, history);
  }
}
