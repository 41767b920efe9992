package io.oci2wasm.ingest.source.registry;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the next page in Link headers (RFC 8288, which replaced RFC 5988). */
final class NextLink {
  /** {@code <TARGET>; NAME=VALUE; NAME="VALUE"}; a quoted value may hold commas. */
  private static final Pattern LINK =
      Pattern.compile(
          "<([^<>]*)>((?:\\s*;\\s*[^\\s;,=\"]+(?:\\s*=\\s*(?:\"[^\"]*\"|[^\\s;,\"]*))?)*)");

  private static final Pattern RELATION =
      Pattern.compile(";\\s*rel\\s*=\\s*(?:\"([^\"]*)\"|([^\\s;,\"]*))", Pattern.CASE_INSENSITIVE);

  private NextLink() {}

  /** The target of the first link whose relation is {@code next}. */
  static Optional<String> of(List<String> headers) {
    for (String header : headers) {
      Matcher link = LINK.matcher(header);
      while (link.find()) {
        if (isNext(link.group(2))) {
          return Optional.of(link.group(1));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isNext(String parameters) {
    Matcher relation = RELATION.matcher(parameters);
    if (!relation.find()) {
      return false;
    }
    String types = relation.group(1) != null ? relation.group(1) : relation.group(2);
    return Stream.of(types.toLowerCase(Locale.ROOT).split("\\s+")).anyMatch("next"::equals);
  }
}
