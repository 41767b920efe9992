package io.oci2wasm.net.rules;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Names of hosts. */
final class Names {
  private static final int LONGEST = 253;

  /** A last label of digits only would be read as an address. */
  private static final Pattern NAME =
      Pattern.compile(
          "([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\\.)*(?![0-9]+$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");

  private Names() {}

  /** The name in lower case and without a dot at its end; empty if {@code text} is none. */
  static Optional<String> parse(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return bare.length() <= LONGEST && NAME.matcher(bare).matches()
        ? Optional.of(bare)
        : Optional.empty();
  }
}
