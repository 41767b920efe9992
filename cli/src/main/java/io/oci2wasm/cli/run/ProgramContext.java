package io.oci2wasm.cli.run;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a program meets.
 *
 * @param arguments its argv, the program's name first
 * @param directories host folders by the path the program sees them at
 */
public record ProgramContext(
    List<String> arguments,
    Map<String, String> environment,
    Map<String, Path> directories,
    InputStream stdin,
    OutputStream stdout,
    OutputStream stderr,
    ControlLines control) {
  public ProgramContext {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    directories = Map.copyOf(directories);
  }

  /**
   * This process's output and nothing else of it. Its streams are not {@link System#out}, which
   * decodes and buffers for people, and are never closed: they are the process's.
   */
  public static ProgramContext ofProcess(List<String> arguments, InputStream stdin) {
    return new ProgramContext(
        arguments,
        Map.of(),
        Map.of(),
        stdin,
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        new ControlLines());
  }

  /** The same for a terminal in raw mode, which gets what the engine itself has to say. */
  public ProgramContext withRawTerminal() {
    return new ProgramContext(
        arguments, environment, directories, stdin, stdout, new TerminalLines(stderr), control);
  }

  /** The same with more arguments. */
  public ProgramContext followedBy(List<String> words) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(words);
    return new ProgramContext(all, environment, directories, stdin, stdout, stderr, control);
  }

  /** The same with variables and host folders. */
  public ProgramContext with(Map<String, String> variables, Map<String, Path> folders) {
    return new ProgramContext(arguments, variables, folders, stdin, stdout, stderr, control);
  }
}
