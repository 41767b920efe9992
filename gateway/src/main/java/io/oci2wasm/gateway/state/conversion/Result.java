package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.event.BundleBuilt.Layers;
import io.oci2wasm.api.event.BundleBuilt.StoredBundle;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** The result of a conversion. */
public record Result(String conversionId, boolean reused, Layers layers, StoredBundle bundle) {
  /** Of several announcements the one that made the bundle says most; then any, always the same. */
  private static final Comparator<Result> TELLING =
      Comparator.comparing((Result result) -> !result.reused)
          .thenComparing(result -> result.layers.converted())
          .thenComparing(Result::conversionId)
          .thenComparing(result -> result.bundle.digest());

  /** The one that a row of a conversion has, if any. */
  static @Nullable Result of(@Nullable String conversionId, Conversion.Status status) {
    Boolean reused = status.reused();
    Layers layers = status.layers();
    StoredBundle bundle = status.bundle();
    return conversionId == null || reused == null || layers == null || bundle == null
        ? null
        : new Result(conversionId, reused, layers, bundle);
  }

  static @Nullable Result better(@Nullable Result one, @Nullable Result other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return TELLING.compare(one, other) >= 0 ? one : other;
  }
}
