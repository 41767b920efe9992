package io.oci2wasm.runtime.monitor;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * {@code {"status": "up"}}; {@code degraded} with each part that fails and is not needed now; or
 * {@code down} with each failing part and why.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Health(String status, Map<String, String> failing, Map<String, String> degraded) {
  public Health {
    failing = Map.copyOf(failing);
    degraded = Map.copyOf(degraded);
  }

  static Health of(Map<String, String> failing, Map<String, String> degraded) {
    return new Health(
        failing.isEmpty() ? degraded.isEmpty() ? "up" : "degraded" : "down", failing, degraded);
  }

  @JsonIgnore
  public boolean isUp() {
    return failing.isEmpty();
  }
}
