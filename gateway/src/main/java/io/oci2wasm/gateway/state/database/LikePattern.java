package io.oci2wasm.gateway.state.database;

/** A pattern of {@code *} and {@code ?} as the API has it, in SQL's form. */
public final class LikePattern {
  private LikePattern() {}

  /** To be used with {@code ESCAPE '!'}. */
  public static String of(String pattern) {
    return pattern.replaceAll("([!%_])", "!$1").replace('*', '%').replace('?', '_');
  }
}
