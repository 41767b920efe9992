package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for an image, and its state.
 *
 * @param tag null where the image was asked for by its digest
 * @param digest of its manifest or index; null while it is only known by tag
 * @param asked when it came
 * @param used when it was worked on last
 * @param open whether it has not ended: queued, running, or waiting for a retry
 * @param reconversion whether nobody asked for the image: all that was asked for is made anew
 */
public record RequestFact(
    String id,
    String registry,
    String repository,
    @Nullable String tag,
    @Nullable Sha256Digest digest,
    Instant asked,
    Instant used,
    boolean open,
    boolean reconversion,
    List<ConversionFact> conversions) {
  public RequestFact {
    conversions = List.copyOf(conversions);
  }

  /**
   * How a platform of the request stands, or the request as a whole.
   *
   * @param manifest the platform manifest; null of a whole request
   * @param conversionId the bundle, where one was announced
   * @param changed when it came to {@code state}
   * @param removedBy the rule by which the bundle went, where it is removed
   * @param translated whether the bundle has translations: it takes the place of no other one
   */
  public record ConversionFact(
      @Nullable Sha256Digest manifest,
      ConversionState state,
      @Nullable String conversionId,
      Instant changed,
      @Nullable Rule removedBy,
      boolean translated) {
    /** One whose bundle is there, or never was. */
    public ConversionFact(
        @Nullable Sha256Digest manifest,
        ConversionState state,
        @Nullable String conversionId,
        Instant changed) {
      this(manifest, state, conversionId, changed, null);
    }

    /** One whose bundle has no translations. */
    public ConversionFact(
        @Nullable Sha256Digest manifest,
        ConversionState state,
        @Nullable String conversionId,
        Instant changed,
        @Nullable Rule removedBy) {
      this(manifest, state, conversionId, changed, removedBy, false);
    }

    /** How the bundle stands. */
    Bundle bundle() {
      if (state == ConversionState.BUILT) {
        return Bundle.THERE;
      }
      if (removedBy == null || removedBy == Rule.MISSING) {
        return Bundle.MISSED;
      }
      return removedBy == Rule.SUPERSEDED ? Bundle.REPLACED : Bundle.TAKEN;
    }
  }

  /** How the bundle stands that was made of a manifest for a request. */
  enum Bundle {
    THERE,
    /** A later one of the same manifest serves in its place, as long as that is there. */
    REPLACED,
    /** A rule has removed it: that is no reason to hold on to an older image. */
    TAKEN,
    /** It was not made, or the store has lost it. */
    MISSED
  }

  /** The same with what became of it. */
  public RequestFact with(List<ConversionFact> found) {
    return new RequestFact(
        id, registry, repository, tag, digest, asked, used, open, reconversion, found);
  }

  /** The repository with its registry: the same path elsewhere is another one. */
  String place() {
    return registry + "/" + repository;
  }
}
