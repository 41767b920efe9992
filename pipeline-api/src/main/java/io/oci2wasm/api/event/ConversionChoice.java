package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.Platform;
import java.util.List;

/**
 * Narrows what a request converts, if that is not everything configured.
 *
 * @param platforms wanted ones; empty means all that are configured
 * @param force converts even what is there already
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record ConversionChoice(
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Platform> platforms, boolean force) {
  public ConversionChoice {
    platforms = platforms == null ? List.of() : List.copyOf(platforms);
  }
}
