package io.oci2wasm.gateway.identity;

import io.javalin.security.RouteRole;
import java.util.Arrays;
import java.util.Locale;

/** What a caller may do. Each role may do what those before it may. */
public enum Role implements RouteRole {
  /** Sees everything but the audit log. */
  VIEWER,

  /** Asks for conversions, replays dead letters, begins and changes batches. */
  OPERATOR,

  /** Removes bundles, and reads the audit log. */
  ADMIN;

  /**
   * The role with this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Role parse(String text) {
    return Arrays.stream(values())
        .filter(role -> role.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "role: found \"" + text + "\", expected viewer, operator or admin"));
  }

  /** Whether this role may do what {@code needed} may. */
  public boolean includes(Role needed) {
    return compareTo(needed) >= 0;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
