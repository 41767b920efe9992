package io.oci2wasm.cli.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The words after the module, as far as its host must know them (docs/FORMATS.md). */
public final class EngineOptions {
  /** Options whose value may be the next word. */
  static final Set<String> WITH_VALUE =
      Set.of(
          "--entrypoint",
          "--user",
          "--workdir",
          "--hostname",
          "--env",
          "--memory",
          "--scratch",
          "--exit-code-max",
          "--window-size",
          "--control",
          "--translator",
          "--net",
          "--add-host",
          "--dns",
          "--dns-search",
          "--publish",
          "--network",
          "--allow");

  /**
   * What means the same before the module, where its host reads it. Names of the network are not
   * among them: the peer must know them, too, and hands them on.
   */
  private static final Set<String> OF_BOTH =
      Set.of(
          "--entrypoint",
          "--user",
          "--workdir",
          "--hostname",
          "--env",
          "--tty",
          "--memory",
          "--privileged",
          "--stats");

  private static final String TTY = "--tty";

  private EngineOptions() {}

  /** Does the engine read this option of its host's itself? */
  public static boolean isKnown(String name) {
    return OF_BOTH.contains(name);
  }

  /** Is the next word the value of this one? */
  public static boolean takesNext(String word) {
    return WITH_VALUE.contains(word);
  }

  /** Do the options, which end before the command, ask for a terminal? */
  public static boolean wantTerminal(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals(TTY)) {
        return true;
      }
      if (!word.startsWith("-") || word.equals("--")) {
        return false;
      }
      if (WITH_VALUE.contains(word)) {
        i++;
      }
    }
    return false;
  }

  /** {@code arguments}, the program's name first, with what {@link Mailbox} does. */
  static List<String> translating(List<String> arguments, String option) {
    List<String> all = new ArrayList<>(arguments);
    all.add(1, option);
    return all;
  }

  /** {@code words}, before them what this host offers the engine. */
  public static List<String> offering(Optional<WindowSize> size, List<String> words) {
    List<String> all = new ArrayList<>(List.of("--control=" + ControlLines.DESCRIPTOR));
    all.addAll(sized(size, words));
    return all;
  }

  /** {@code words}, before them the terminal's size. */
  public static List<String> sized(Optional<WindowSize> size, List<String> words) {
    List<String> all = new ArrayList<>();
    size.ifPresent(known -> all.add("--window-size=" + known));
    all.addAll(words);
    return all;
  }
}
