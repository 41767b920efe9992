package io.oci2wasm.gateway.state.conversion;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt.Layers;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/**
 * One platform of one request as the API shows it (docs/FORMATS.md, "HTTP API"), and as a row of
 * the table {@code conversion}.
 *
 * @param history absent in lists; it has a table of its own
 * @param deliveries of its bundle to registries, the first one first; absent as {@code history}
 */
@JsonPropertyOrder({"id", "requestId", "conversionId"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Conversion(
    String id,
    String requestId,
    @JsonUnwrapped @Nested Target target,
    @JsonUnwrapped @Nested Status status,
    @JsonUnwrapped @Nested Times times,
    @Nullable List<HistoryEntry> history,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<Delivery> deliveries) {
  static final RowMapper<Conversion> ROW = ConstructorMapper.of(Conversion.class);

  public Conversion {
    history = history == null ? null : List.copyOf(history);
    deliveries = deliveries == null ? null : List.copyOf(deliveries);
  }

  /** Of the bundle, where one was announced. */
  @JsonProperty
  public @Nullable String conversionId() {
    Result result = status.result;
    return result == null ? null : result.conversionId();
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
      @Nullable Sha256Digest manifestDigest) {
    /** The same with what only {@code other} knows. */
    Target and(Target other) {
      return new Target(
          lane,
          image.digest() != null ? image : other.image,
          platform != null ? platform : other.platform,
          manifestDigest != null ? manifestDigest : other.manifestDigest);
    }
  }

  /**
   * How it stands.
   *
   * @param stage which it waits for, where somebody works on it, or where it ended; rows of older
   *     gateways do not say
   * @param result absent where there is no bundle
   */
  @JsonPropertyOrder({"state", "stage", "reused", "layers"})
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Status(
      ConversionState state,
      Stage stage,
      @Nullable Reason reason,
      @Nullable String message,
      @JsonUnwrapped @Nested @Nullable Result result) {
    public Status {
      stage = stage == null ? stageOf(state) : stage;
    }

    /** As {@code current} says; a bundle is shown while it is there. */
    static Status of(HistoryEntry current, @Nullable Result result) {
      return new Status(
          current.state(),
          current.stage(),
          current.reason(),
          current.message(),
          current.state() == ConversionState.BUILT ? result : null);
    }

    @JsonProperty
    public @Nullable Boolean reused() {
      return result == null ? null : result.reused();
    }

    @JsonProperty
    public @Nullable Layers layers() {
      return result == null ? null : result.layers();
    }

    private static Stage stageOf(ConversionState state) {
      return switch (state) {
        case QUEUED, INGESTING, SKIPPED, FAILED -> Stage.INGEST;
        case RESOLVING -> Stage.RESOLVE;
        case TRANSLATING -> Stage.TRANSLATE;
        case BUILDING, BUILT, REMOVED -> Stage.BUILD;
      };
    }
  }

  /**
   * When that was, and how long it took.
   *
   * @param since when it came into its state; rows of older gateways do not say
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
    public Times {
      since = since == null ? updatedAt : since;
    }
  }

  /** The same with the states it has had, and where its bundle was delivered. */
  Conversion with(List<HistoryEntry> history, List<Delivery> deliveries) {
    return new Conversion(id, requestId, target, status, times, history, deliveries);
  }
}
