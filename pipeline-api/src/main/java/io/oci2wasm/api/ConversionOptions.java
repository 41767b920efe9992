package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/**
 * Options of a conversion. Each option is part of the conversion id. Its JSON is canonical (RFC
 * 8785): {@code {}} or {@code {"memory":536870912}}.
 *
 * @param memory of the guest, unless the host says another; absent means the engine's default
 * @param simd whether these translations use 128-bit vectors, so that the bundle needs a host which
 *     has them; absent means no
 * @param translation digest of the training log whose translations the bundle has; absent means
 *     that it has none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder(alphabetic = true)
public record ConversionOptions(
    @Nullable GuestMemory memory, @Nullable Boolean simd, @Nullable Sha256Digest translation) {
  public static final ConversionOptions NONE = new ConversionOptions(null);

  /** {@code false} is the same as absent, and stays out of the conversion id. */
  public ConversionOptions {
    simd = Boolean.TRUE.equals(simd) ? simd : null;
  }

  /** Of a bundle without translations. */
  public ConversionOptions(@Nullable GuestMemory memory) {
    this(memory, null, null);
  }

  public boolean hasVectors() {
    return simd != null;
  }

  /** The same of a bundle with the translations of this log, for every host. */
  public ConversionOptions translated(Sha256Digest log) {
    return translated(log, false);
  }

  /** The same of a bundle with the translations of this log. */
  public ConversionOptions translated(Sha256Digest log, boolean withVectors) {
    return new ConversionOptions(memory, withVectors, log);
  }
}
