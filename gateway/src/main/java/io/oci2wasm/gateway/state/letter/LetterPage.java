package io.oci2wasm.gateway.state.letter;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some dead letters, newest first; {@code next} names the following page and is absent on the last.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LetterPage(List<Letter> items, @Nullable String next) {
  public LetterPage {
    items = List.copyOf(items);
  }
}
