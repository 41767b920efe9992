package io.oci2wasm.api;

import java.util.ArrayList;
import java.util.List;

/**
 * A command in one word, cut as a shell would: at spaces, unless quotes or a backslash keep them.
 */
public final class CommandWords {
  private CommandWords() {}

  /**
   * The words of {@code command}, the value of {@code --runtime}.
   *
   * @throws IllegalArgumentException if there is none, or a quote has no end
   */
  public static List<String> split(String command) {
    return split("--runtime", command, "wasmtime run");
  }

  /**
   * The words of {@code command}, the value of {@code option}.
   *
   * @param example such a command, for the message
   * @throws IllegalArgumentException if there is none, or a quote has no end
   */
  public static List<String> split(String option, String command, String example) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < command.length(); i++) {
      char c = command.charAt(i);
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        inWord = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
        }
        inWord = false;
      } else {
        boolean escaped = c == '\\' && quote != '\'' && i + 1 < command.length();
        word.append(escaped ? command.charAt(++i) : c);
        inWord = true;
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    if (quote != 0 || words.isEmpty()) {
      throw new IllegalArgumentException(
          option + " \"" + command + "\": expected a command, such as \"" + example + "\"");
    }
    return words;
  }
}
