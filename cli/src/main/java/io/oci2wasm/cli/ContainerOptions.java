package io.oci2wasm.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** docker's options for a container that the engine reads; it reads them after the module, too. */
final class ContainerOptions {
  @Option(
      names = {"-t", "--tty"},
      description = "One terminal for stdin, stdout and stderr.")
  private boolean tty;

  @Option(names = "--entrypoint", paramLabel = "PROGRAM", description = "Replace the entrypoint.")
  private @Nullable String entrypoint;

  @Option(
      names = {"-u", "--user"},
      paramLabel = "USER",
      description = "The user inside.")
  private @Nullable String user;

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "FOLDER",
      description = "The working directory inside.")
  private @Nullable String workdir;

  @Option(names = "--hostname", paramLabel = "NAME", description = "The container's own name.")
  private @Nullable String hostname;

  @Option(
      names = {"-m", "--memory"},
      paramLabel = "SIZE",
      description = "The guest's memory, as 512m.")
  private @Nullable String memory;

  @Option(names = "--privileged", description = "Give the container all capabilities.")
  private boolean privileged;

  @Option(names = "--stats", description = "Print statistics to stderr at the end.")
  private boolean stats;

  @Option(
      names = {"-i", "--interactive"},
      description = "Accepted for docker's sake: standard input is always open.")
  void interactive(boolean wanted) {
    // Nothing differs.
  }

  /** The same as words after the module. */
  List<String> engineWords() {
    List<String> words = new ArrayList<>();
    flag(words, "--tty", tty);
    value(words, "--entrypoint", entrypoint);
    value(words, "--user", user);
    value(words, "--workdir", workdir);
    value(words, "--hostname", hostname);
    value(words, "--memory", memory);
    flag(words, "--privileged", privileged);
    flag(words, "--stats", stats);
    return words;
  }

  private static void flag(List<String> words, String name, boolean set) {
    if (set) {
      words.add(name);
    }
  }

  private static void value(List<String> words, String name, @Nullable String value) {
    if (value != null) {
      words.add(name + "=" + value);
    }
  }
}
