package io.oci2wasm.cli.run;

import java.util.List;
import java.util.Set;

/** What of an engine's options this side must know (docs/FORMATS.md, "Host contract"). */
public final class EngineOptions {
  private static final String TTY = "--tty";

  /** Options whose value may be the next word. */
  private static final Set<String> WITH_VALUE =
      Set.of(
          "--entrypoint",
          "--user",
          "--workdir",
          "--hostname",
          "--env",
          "--memory",
          "--exit-code-max");

  private EngineOptions() {}

  /** Whether {@code words}, a bundle's arguments, ask for a terminal. */
  public static boolean wantTerminal(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals(TTY)) {
        return true;
      }
      if (word.equals("--") || !word.startsWith("-")) {
        return false;
      }
      if (WITH_VALUE.contains(word)) {
        i++;
      }
    }
    return false;
  }
}
