package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for an image, and what has become of it.
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
    List<Outcome> outcomes) {
  public RequestFact {
    outcomes = List.copyOf(outcomes);
  }

  /**
   * How a platform of the request stands, or the request as a whole.
   *
   * @param manifest the platform manifest; null of a whole request
   * @param conversionId the bundle, where one was announced
   * @param changed when it came to {@code state}
   */
  public record Outcome(
      @Nullable Sha256Digest manifest,
      ConversionState state,
      @Nullable String conversionId,
      Instant changed) {}

  /** The same with what became of it. */
  public RequestFact with(List<Outcome> found) {
    return new RequestFact(
        id, registry, repository, tag, digest, asked, used, open, reconversion, found);
  }

  /** The repository with its registry: the same path elsewhere is another one. */
  String place() {
    return registry + "/" + repository;
  }
}
