package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.RegistryName;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Many images are to be converted in the bulk lane.
 *
 * @param repositories globs, of which an image's repository matches one; empty means all
 * @param since images asked for (reconvert) at or after it; absent means all
 * @param rate images begun in a second; 0 means without limit
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BatchRequested(
    String batchId,
    Kind kind,
    String registry,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> repositories,
    @Nullable Instant since,
    @Nullable ConversionChoice choice,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) double rate,
    Instant requestedAt)
    implements TopicEvent {
  /** Where a batch's images come from. */
  public enum Kind {
    /** The registry's catalog and tags: what was never asked for. */
    SCAN,
    /** What was asked for already. */
    RECONVERT;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public BatchRequested {
    RequestIds.check(batchId);
    registry = new RegistryName(registry).text();
    repositories = repositories == null ? List.of() : List.copyOf(repositories);
    if (!(rate >= 0 && rate <= 1e6)) {
      throw new IllegalArgumentException("rate: found " + rate + ", expected 0 to 1000000");
    }
  }

  @Override
  public String type() {
    return Topics.BATCH_REQUESTED;
  }

  @Override
  public String eventId() {
    return batchId;
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return null;
  }

  @Override
  public String recordKey() {
    return batchId;
  }
}
