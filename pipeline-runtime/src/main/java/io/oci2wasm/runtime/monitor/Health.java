package io.oci2wasm.runtime.monitor;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/** {@code {"status": "up"}}, or {@code down} with each failing part and why. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Health(String status, Map<String, String> failing) {
  public static final Health UP = new Health("up", Map.of());

  public Health {
    failing = Map.copyOf(failing);
  }

  @JsonIgnore
  public boolean isUp() {
    return failing.isEmpty();
  }
}
