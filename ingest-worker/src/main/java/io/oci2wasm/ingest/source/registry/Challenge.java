package io.oci2wasm.ingest.source.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One challenge of a WWW-Authenticate header, e.g. {@code Bearer
 * realm="https://auth.example/token",service="registry.example"} (RFC 9110 section 11.6.1).
 *
 * @param scheme lower case
 * @param parameters keys in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";

  /** A parameter, or else a word that begins the next challenge. */
  private static final Pattern ITEM =
      Pattern.compile(
          "(?<key>"
              + TOKEN
              + ")\\s*=\\s*(?:\"(?<quoted>(?:[^\"\\\\]|\\\\.)*)\"|(?<bare>"
              + TOKEN
              + "))|(?<scheme>"
              + TOKEN
              + ")");

  Challenge {
    parameters = Map.copyOf(parameters);
  }

  /** Reads all challenges; what follows no grammar is left out. */
  static List<Challenge> parseAll(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      String scheme = null;
      Map<String, String> parameters = new LinkedHashMap<>();
      Matcher matcher = ITEM.matcher(header);
      while (matcher.find()) {
        String word = matcher.group("scheme");
        if (word != null) {
          if (scheme != null) {
            challenges.add(new Challenge(scheme, parameters));
          }
          scheme = word.toLowerCase(Locale.ROOT);
          parameters = new LinkedHashMap<>();
        } else {
          parameters.put(matcher.group("key").toLowerCase(Locale.ROOT), value(matcher));
        }
      }
      if (scheme != null) {
        challenges.add(new Challenge(scheme, parameters));
      }
    }
    return List.copyOf(challenges);
  }

  private static String value(Matcher matcher) {
    String quoted = matcher.group("quoted");
    return quoted == null ? matcher.group("bare") : quoted.replaceAll("\\\\(.)", "$1");
  }
}
