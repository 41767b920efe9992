package io.oci2wasm.converter.rootfs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Extended attributes in PAX records: {@code SCHILY.xattr.NAME} with the bare value (star, GNU tar,
 * Go), {@code LIBARCHIVE.xattr.NAME} with name URL-encoded and value in base64 (bsdtar, which
 * writes both). Where both are there the bare one counts.
 */
final class XattrRecords {
  private static final String SCHILY = "SCHILY.xattr.";
  private static final String LIBARCHIVE = "LIBARCHIVE.xattr.";

  /** Marks of a builder's overlay mount, which mean something else inside ours. */
  private static final String OVERLAY = "trusted.overlay.";

  private XattrRecords() {}

  /**
   * The attributes in {@code records}.
   *
   * @throws IllegalArgumentException with found and expected, if one is damaged
   */
  static List<Xattr> read(PaxRecords records) {
    Map<String, ByteString> values = new TreeMap<>();
    for (PaxRecords.Entry entry : records.entries()) {
      if (entry.key().startsWith(LIBARCHIVE)) {
        put(values, urlDecoded(entry.key().substring(LIBARCHIVE.length())), decoded(entry));
      }
    }
    for (PaxRecords.Entry entry : records.entries()) {
      if (entry.key().startsWith(SCHILY)) {
        put(values, entry.key().substring(SCHILY.length()), entry.value());
      }
    }
    List<Xattr> xattrs = new ArrayList<>();
    values.forEach((name, value) -> xattrs.add(new Xattr(latin1(name), value)));
    return xattrs;
  }

  private static void put(Map<String, ByteString> values, String name, ByteString value) {
    if (name.startsWith(OVERLAY)) {
      return;
    }
    // POSIX: a record without value deletes earlier ones of its key.
    if (value.isEmpty()) {
      values.remove(name);
    } else {
      values.put(name, value);
    }
  }

  private static ByteString decoded(PaxRecords.Entry entry) {
    String text = entry.value().toLatin1();
    try {
      // libarchive leaves the padding out.
      return ByteString.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("no base64 in the record " + entry.key(), e);
    }
  }

  /** Percent escapes only: unlike in a form, a plus sign is itself. */
  private static String urlDecoded(String text) {
    StringBuilder name = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '%' && i + 2 < text.length()) {
        int high = Character.digit(text.charAt(i + 1), 16);
        int low = Character.digit(text.charAt(i + 2), 16);
        if (high >= 0 && low >= 0) {
          name.append((char) (high << 4 | low));
          i += 2;
          continue;
        }
      }
      name.append(text.charAt(i));
    }
    return name.toString();
  }

  private static ByteString latin1(String text) {
    return ByteString.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
