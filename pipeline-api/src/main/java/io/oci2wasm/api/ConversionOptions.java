package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/**
 * Options of a conversion. Each option is part of the conversion id. Its JSON is canonical (RFC
 * 8785): {@code {}} or {@code {"memory":536870912}}.
 *
 * @param memory of the guest, unless the host says another; absent means the engine's default
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder(alphabetic = true)
public record ConversionOptions(@Nullable GuestMemory memory) {
  public static final ConversionOptions NONE = new ConversionOptions(null);
}
