package io.oci2wasm.converter.sbom;

import io.oci2wasm.converter.sbom.OsPackage.Kind;
import java.util.HashMap;
import java.util.Map;

/**
 * Alpine's list of packages: stanzas of {@code K:value}, apart by an empty line (apk-installed(5)).
 */
final class ApkInstalled implements LineReader {
  private static final String FIELDS = "PVAoL";

  private final Found found;
  private final Map<Character, String> stanza = new HashMap<>();

  ApkInstalled(Found found) {
    this.found = found;
  }

  @Override
  public void line(String line) {
    if (line.isBlank()) {
      end();
    } else if (line.length() > 1 && line.charAt(1) == ':' && FIELDS.indexOf(line.charAt(0)) >= 0) {
      String unused = stanza.putIfAbsent(line.charAt(0), line.substring(2).strip());
    }
  }

  @Override
  public void end() {
    if (stanza.containsKey('P')) {
      found.add(
          Kind.APK,
          stanza.get('P'),
          stanza.get('V'),
          stanza.get('A'),
          stanza.get('o'),
          null,
          stanza.get('L'));
    }
    stanza.clear();
  }
}
