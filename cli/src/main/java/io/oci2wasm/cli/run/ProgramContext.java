package io.oci2wasm.cli.run;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a program meets.
 *
 * @param arguments its argv, the program's name first
 * @param directories host folders by the path the program sees them at
 * @param readOnly the paths of those that the program may not change
 */
public record ProgramContext(
    List<String> arguments,
    Map<String, String> environment,
    Map<String, Path> directories,
    Set<String> readOnly,
    InputStream stdin,
    OutputStream stdout,
    OutputStream stderr,
    ControlLines control) {
  public ProgramContext {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    directories = Map.copyOf(directories);
    readOnly = Set.copyOf(readOnly);
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
        Set.of(),
        stdin,
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        new ControlLines());
  }

  /** The same for a terminal in raw mode, which gets what the engine itself has to say. */
  public ProgramContext withRawTerminal() {
    return new ProgramContext(
        arguments,
        environment,
        directories,
        readOnly,
        stdin,
        stdout,
        new TerminalLines(stderr),
        control);
  }

  /** The same with more arguments. */
  public ProgramContext followedBy(List<String> words) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(words);
    return new ProgramContext(
        all, environment, directories, readOnly, stdin, stdout, stderr, control);
  }

  /** The same with variables and host folders. */
  public ProgramContext with(Map<String, String> variables, List<MappedFolder> folders) {
    Map<String, Path> mapped = new LinkedHashMap<>();
    folders.forEach(folder -> mapped.put(folder.guest(), folder.host()));
    Set<String> fixed = new HashSet<>();
    folders.stream().filter(MappedFolder::readOnly).map(MappedFolder::guest).forEach(fixed::add);
    return new ProgramContext(arguments, variables, mapped, fixed, stdin, stdout, stderr, control);
  }
}
