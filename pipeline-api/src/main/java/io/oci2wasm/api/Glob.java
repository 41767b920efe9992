package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * A pattern of names: {@code *} stands for any characters but {@code /}, {@code **} for any
 * characters, {@code ?} for one character but {@code /}; all others stand for themselves. It is
 * compared with the whole name: {@code team/*} matches {@code team/app}, not {@code team/app/web}.
 */
public record Glob(String text) {
  private static final Pattern GRAMMAR = Pattern.compile("[a-zA-Z0-9._:/\\[\\]*?-]{1,400}");

  public Glob {
    if (!GRAMMAR.matcher(text).matches()) {
      throw new IllegalArgumentException(
          String.format(
              "glob: found \"%s\", expected 1 to 400 of a-z A-Z 0-9 . _ : / - [ ] and the"
                  + " wildcards * ** ?",
              text));
    }
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if no name could ever match it
   */
  @JsonCreator
  public static Glob parse(String text) {
    return new Glob(text);
  }

  /** Whether it matches every name, slashes or not. */
  public boolean matchesEverything() {
    return text.length() > 1 && text.chars().allMatch(symbol -> symbol == '*');
  }

  /** Whether it matches all that {@code other} matches; where that is not certain, false. */
  public boolean covers(Glob other) {
    return matchesEverything() || equals(other) || (other.isLiteral() && matches(other.text));
  }

  /** Whether it matches the one name only that it spells. */
  public boolean isLiteral() {
    return text.indexOf('*') < 0 && text.indexOf('?') < 0;
  }

  /** Whether {@code name} as a whole matches; takes steps of the two lengths' product at most. */
  public boolean matches(String name) {
    boolean[] reached = new boolean[name.length() + 1];
    reached[0] = true;
    for (int i = 0; i < text.length(); i++) {
      char symbol = text.charAt(i);
      if (symbol == '*') {
        boolean across = i + 1 < text.length() && text.charAt(i + 1) == '*';
        spread(reached, name, across);
        i += across ? 1 : 0;
      } else {
        advance(reached, name, symbol);
      }
    }
    return reached[name.length()];
  }

  private static void spread(boolean[] reached, String name, boolean across) {
    for (int at = 0; at < name.length(); at++) {
      reached[at + 1] |= reached[at] && (across || name.charAt(at) != '/');
    }
  }

  private static void advance(boolean[] reached, String name, char symbol) {
    for (int at = name.length(); at > 0; at--) {
      char found = name.charAt(at - 1);
      reached[at] = reached[at - 1] && (symbol == '?' ? found != '/' : found == symbol);
    }
    reached[0] = false;
  }

  @JsonValue
  @Override
  public String toString() {
    return text;
  }
}
