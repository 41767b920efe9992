package io.oci2wasm.converter.sbom;

import io.oci2wasm.converter.sbom.OsPackages.OperatingSystem;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an image says that it is: lines of {@code NAME=value}, as a shell reads (os-release(5)). */
final class OsRelease implements LineReader {
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  private final Map<String, String> values = new HashMap<>();

  @Override
  public void line(String line) {
    int equals = line.indexOf('=');
    if (equals > 0) {
      String name = line.substring(0, equals).strip();
      if (name.equals("ID") || name.equals("VERSION_ID") || name.equals("PRETTY_NAME")) {
        values.put(name, unquoted(line.substring(equals + 1).strip()));
      }
    }
  }

  @Override
  public void end() {
    // Each line stands for itself.
  }

  private static String unquoted(String value) {
    boolean quoted =
        value.length() >= 2
            && (value.startsWith("\"") || value.startsWith("'"))
            && value.charAt(0) == value.charAt(value.length() - 1);
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /** Null if the image does not say it, or no name. */
  @Nullable OperatingSystem system() {
    String id = values.get("ID");
    return id == null || !ID.matcher(id).matches()
        ? null
        : new OperatingSystem(
            id,
            OsPackage.version(values.get("VERSION_ID")),
            OsPackage.text(values.get("PRETTY_NAME")));
  }
}
