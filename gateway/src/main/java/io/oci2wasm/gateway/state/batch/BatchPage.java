package io.oci2wasm.gateway.state.batch;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Some batches, newest first; {@code next} names the following page and is absent on the last. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BatchPage(List<Batch> items, @Nullable String next) {
  public BatchPage {
    items = List.copyOf(items);
  }
}
