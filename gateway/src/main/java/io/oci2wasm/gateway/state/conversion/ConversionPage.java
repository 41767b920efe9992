package io.oci2wasm.gateway.state.conversion;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some conversions, newest first; {@code next} names the following page and is absent on the last.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ConversionPage(List<Conversion> items, @Nullable String next) {
  public ConversionPage {
    items = List.copyOf(items);
  }
}
