package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Lines that tell what is wanted, and by which rule the rest is not. Each begins with a name: the
 * key of an object, or the prefix of a bundle or a layer.
 */
final class MarkLines {
  /** People are told that there is such a bundle. */
  static final String ANNOUNCED = "A";

  /** An image leads there that goes: rule, height of a document, place. */
  static final String DOOMED = "D";

  static final String WANTED = "W";

  private MarkLines() {}

  static String announced(String name) {
    return Fields.line(name, ANNOUNCED);
  }

  static String wanted(String name) {
    return Fields.line(name, WANTED);
  }

  /** {@code height}: of a document above what it leads to; 0 of anything else. */
  static String doomed(String name, Rule rule, int height, String place) {
    return Fields.line(name, DOOMED, rule.rank(), Integer.toString(height), place);
  }

  /** A short name for a repository; where two have the same one, too much is spared. */
  static String shortPlace(String place) {
    return Sha256Digest.of(place.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8))
        .hex()
        .substring(0, 12);
  }
}
