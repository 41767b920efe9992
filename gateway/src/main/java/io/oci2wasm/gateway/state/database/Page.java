package io.oci2wasm.gateway.state.database;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Some of what there is, newest first; {@code next} names the following page and is absent on the
 * last.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(List<T> items, @Nullable String next) {
  public Page {
    items = List.copyOf(items);
  }

  /**
   * The first {@code limit} of what was {@code found}, which is one more if another page follows.
   */
  public static <T> Page<T> of(List<T> found, int limit, Function<T, PageToken> token) {
    return found.size() <= limit
        ? new Page<>(found, null)
        : new Page<>(found.subList(0, limit), token.apply(found.get(limit - 1)).toString());
  }
}
