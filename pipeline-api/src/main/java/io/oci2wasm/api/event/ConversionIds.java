package io.oci2wasm.api.event;

import java.util.regex.Pattern;

/** Ids of conversions: 64 hex digits (docs/FORMATS.md, "Conversion id"). */
final class ConversionIds {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  private ConversionIds() {}

  static void check(String id) {
    if (!FORM.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "conversion id: found \"" + id + "\", expected 64 lower-case hex digits");
    }
  }
}
