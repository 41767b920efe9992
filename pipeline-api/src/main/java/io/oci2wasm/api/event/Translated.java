package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the translations of a bundle come from.
 *
 * @param from conversion id of the bundle without translations that was trained
 * @param commands what it ran for that; none means the image's own
 * @param simd whether they use 128-bit vectors, so that the bundle needs a host which has them;
 *     absent means no
 * @param fasterBy its CPU time in these runs, divided by that of the bundle with translations;
 *     absent if it was not measured
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Translated(
    String from, List<String> commands, @Nullable Boolean simd, @Nullable Double fasterBy) {
  /** {@code false} is the same as absent. */
  public Translated {
    simd = Boolean.TRUE.equals(simd) ? simd : null;
    ConversionIds.check(from);
    commands = commands == null ? List.of() : List.copyOf(commands);
    if (fasterBy != null && !(fasterBy > 0 && fasterBy < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "fasterBy: found " + fasterBy + ", expected a positive number");
    }
  }
}
