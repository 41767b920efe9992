package io.oci2wasm.converter.sbom;

import io.oci2wasm.converter.sbom.OsPackage.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Debian's list of packages: stanzas of {@code Name: value}, apart by an empty line; what begins
 * with a space goes on with the field before (deb822(5)). Distroless images have a file with one
 * stanza for each package.
 */
final class DpkgStatus implements LineReader {
  private static final String PACKAGE = "Package";
  private static final String SOURCE = "Source";
  private static final String STATUS = "Status";
  private static final String VERSION = "Version";
  private static final String ARCHITECTURE = "Architecture";
  private static final Set<String> FIELDS = Set.of(PACKAGE, SOURCE, STATUS, VERSION, ARCHITECTURE);

  private final Found found;
  private final Map<String, String> stanza = new HashMap<>();

  DpkgStatus(Found found) {
    this.found = found;
  }

  @Override
  public void line(String line) {
    if (line.isBlank()) {
      end();
      return;
    }
    int colon = line.indexOf(':');
    if (colon > 0 && FIELDS.contains(line.substring(0, colon))) {
      String unused =
          stanza.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).strip());
    }
  }

  @Override
  public void end() {
    if (stanza.containsKey(PACKAGE) && isInstalled(stanza.get(STATUS))) {
      String version = stanza.get(VERSION);
      String source = stanza.get(SOURCE);
      found.add(
          Kind.DEB,
          stanza.get(PACKAGE),
          version,
          stanza.get(ARCHITECTURE),
          source == null ? null : nameOf(source),
          source == null ? null : versionOf(source),
          null);
    }
    stanza.clear();
  }

  /** E.g. {@code install ok installed}; distroless images have no status. */
  private static boolean isInstalled(@Nullable String status) {
    return status == null || status.endsWith(" installed");
  }

  /** {@code NAME} or {@code NAME (VERSION)}. */
  private static String nameOf(String source) {
    int space = source.indexOf(' ');
    return space < 0 ? source : source.substring(0, space);
  }

  private static @Nullable String versionOf(String source) {
    int open = source.indexOf('(');
    int close = source.indexOf(')', open + 1);
    return open < 0 || close < 0 ? null : source.substring(open + 1, close);
  }
}
