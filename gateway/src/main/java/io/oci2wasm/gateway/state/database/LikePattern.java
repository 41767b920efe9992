package io.oci2wasm.gateway.state.database;

/** A pattern of {@code *} and {@code ?} as the API has it, in SQL's form. */
public final class LikePattern {
  private LikePattern() {}

  /** Whether it may match several names; others are found by an index. */
  public static boolean isPattern(String text) {
    return text.contains("*") || text.contains("?");
  }

  /** To be used with {@code ESCAPE '!'}. */
  public static String of(String pattern) {
    return pattern.replaceAll("([!%_])", "!$1").replace('*', '%').replace('?', '_');
  }
}
