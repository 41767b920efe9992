package io.oci2wasm.cli;

import io.oci2wasm.cli.run.EngineOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The words of {@code oci2wasm run}, whose own options people write after the module, too, as in
 * {@code run app.wasm -it -v ./data:/data sh}. Those are put before it. What the engine reads after
 * the module stays, and so does the container's command.
 */
final class WordOrder {
  private final CommandSpec run;
  private final List<String> words;
  private int next;

  private WordOrder(CommandSpec run, List<String> words) {
    this.run = run;
    this.words = words;
  }

  /**
   * @param words those after {@code run}
   */
  static List<String> of(CommandSpec run, List<String> words) {
    return new WordOrder(run, words).ordered();
  }

  private List<String> ordered() {
    List<String> before = new ArrayList<>();
    while (isOption()) {
      take(before, takesNext(word()));
    }
    List<String> after = new ArrayList<>();
    if (next < words.size()) {
      take(after, false);
    }
    while (isOption()) {
      if (isOurs(word())) {
        take(before, takesNext(word()));
      } else {
        take(after, EngineOptions.takesNext(word()));
      }
    }
    before.addAll(after);
    before.addAll(words.subList(next, words.size()));
    return before;
  }

  private String word() {
    return words.get(next);
  }

  private boolean isOption() {
    return next < words.size() && word().length() > 1 && word().startsWith("-") && !isEnd(word());
  }

  private static boolean isEnd(String word) {
    return word.equals("--");
  }

  private void take(List<String> where, boolean withNext) {
    int end = Math.min(next + (withNext ? 2 : 1), words.size());
    where.addAll(words.subList(next, end));
    next = end;
  }

  /** An option of this command that the engine does not read itself. */
  private boolean isOurs(String word) {
    if (word.startsWith("--")) {
      String name = nameOf(word);
      OptionSpec option = run.findOption(name);
      return option != null && isForOrder(option) && !EngineOptions.isKnown(name);
    }
    for (int i = 1; i < word.length(); i++) {
      OptionSpec option = run.findOption("-" + word.charAt(i));
      if (option == null || !isForOrder(option)) {
        return false;
      }
      if (hasValue(option)) {
        return true;
      }
    }
    return true;
  }

  /** Help is the engine's, there. */
  private static boolean isForOrder(OptionSpec option) {
    return !option.usageHelp() && !option.versionHelp();
  }

  private boolean takesNext(String word) {
    if (word.startsWith("--")) {
      OptionSpec option = run.findOption(word);
      return option != null && hasValue(option);
    }
    for (int i = 1; i < word.length(); i++) {
      OptionSpec option = run.findOption("-" + word.charAt(i));
      if (option != null && hasValue(option)) {
        return i == word.length() - 1;
      }
    }
    return false;
  }

  private static boolean hasValue(OptionSpec option) {
    return option.arity().min() > 0;
  }

  private static String nameOf(String word) {
    int equals = word.indexOf('=');
    return equals < 0 ? word : word.substring(0, equals);
  }
}
