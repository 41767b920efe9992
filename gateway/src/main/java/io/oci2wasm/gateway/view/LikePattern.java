package io.oci2wasm.gateway.view;

/** Patterns of {@code *} (any characters) and {@code ?} (one) as SQL has them. */
final class LikePattern {
  private LikePattern() {}

  /** For {@code LIKE … ESCAPE '!'}. */
  static String of(String glob) {
    return glob.replaceAll("([!%_])", "!$1").replace('*', '%').replace('?', '_');
  }
}
