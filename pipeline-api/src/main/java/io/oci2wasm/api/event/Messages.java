package io.oci2wasm.api.event;

/** Limits messages: they quote what was found, and a stranger chose its length and characters. */
public final class Messages {
  static final int MAX_LENGTH = 1000;

  private static final int REPLACEMENT = 0xFFFD;

  private Messages() {}

  /**
   * The message as any event and database can hold it: its middle left out if it has more than 1000
   * UTF-16 units, and U+FFFD in place of NUL and of halves of surrogate pairs.
   */
  public static String bounded(String message) {
    if (message.length() <= MAX_LENGTH) {
      return clean(message);
    }
    int half = MAX_LENGTH / 2;
    return clean(
        message.substring(0, half - 3) + " … " + message.substring(message.length() - half));
  }

  private static String clean(String text) {
    return isClean(text)
        ? text
        : text.codePoints()
            .map(one -> isHeld(one) ? one : REPLACEMENT)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  /** Whether databases hold {@code text} as it is: PostgreSQL has no NUL, UTF-8 no surrogates. */
  public static boolean isClean(String text) {
    return text.codePoints().allMatch(Messages::isHeld);
  }

  private static boolean isHeld(int codePoint) {
    return codePoint != 0
        && (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE);
  }
}
