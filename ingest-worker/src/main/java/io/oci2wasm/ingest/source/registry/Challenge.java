package io.oci2wasm.ingest.source.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hc.core5.util.Tokenizer;

/**
 * One challenge of a WWW-Authenticate header, e.g. {@code Bearer
 * realm="https://auth.example/token",service="registry.example"} (RFC 9110 section 11.6.1).
 *
 * @param scheme lower case
 * @param parameters keys in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  Challenge {
    parameters = Map.copyOf(parameters);
  }

  private static final Tokenizer PARSER = Tokenizer.INSTANCE;
  private static final Tokenizer.Delimiter AFTER_WORD = Tokenizer.delimiters('=', ',');
  private static final Tokenizer.Delimiter AFTER_VALUE = Tokenizer.delimiters(',');
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  /**
   * Reads all challenges; what follows no grammar is left out. The client's own AuthChallengeParser
   * refuses a challenge without parameters before another one, as in {@code Negotiate, Basic
   * realm="r"}, and takes nonsense like {@code realm="x"} for a scheme: {@code ChallengeTest} fails
   * with it.
   */
  static List<Challenge> parseAll(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    headers.forEach(header -> parse(header, challenges));
    return List.copyOf(challenges);
  }

  private static void parse(String header, List<Challenge> challenges) {
    Tokenizer.Cursor cursor = new Tokenizer.Cursor(0, header.length());
    String scheme = null;
    Map<String, String> parameters = new LinkedHashMap<>();
    while (!cursor.atEnd()) {
      String word = word(header, cursor);
      if (!cursor.atEnd() && header.charAt(cursor.getPos()) == '=') {
        cursor.updatePos(cursor.getPos() + 1);
        parameters.put(
            word.toLowerCase(Locale.ROOT), PARSER.parseValue(header, cursor, AFTER_VALUE));
      } else if (TOKEN.matcher(word).matches()) {
        if (scheme != null) {
          challenges.add(new Challenge(scheme, parameters));
        }
        scheme = word.toLowerCase(Locale.ROOT);
        parameters = new LinkedHashMap<>();
      }
      if (!cursor.atEnd() && header.charAt(cursor.getPos()) == ',') {
        cursor.updatePos(cursor.getPos() + 1);
      }
    }
    if (scheme != null) {
      challenges.add(new Challenge(scheme, parameters));
    }
  }

  /** The next word, which ends at a space, a comma or an equals sign; the cursor is behind it. */
  private static String word(String header, Tokenizer.Cursor cursor) {
    PARSER.skipWhiteSpace(header, cursor);
    int start = cursor.getPos();
    int end = start;
    while (end < header.length()
        && !AFTER_WORD.test(header.charAt(end))
        && !Tokenizer.isWhitespace(header.charAt(end))) {
      end++;
    }
    cursor.updatePos(end);
    PARSER.skipWhiteSpace(header, cursor);
    return header.substring(start, end);
  }
}
