package io.oci2wasm.cli.run;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a program meets.
 *
 * @param arguments its argv, the program's name first
 * @param folders in the order of the program's descriptors; of those with one path the last counts
 */
public record ProgramContext(
    List<String> arguments,
    Map<String, String> environment,
    List<MappedFolder> folders,
    InputStream stdin,
    OutputStream stdout,
    OutputStream stderr,
    ControlLines control) {
  public ProgramContext {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    Map<String, MappedFolder> byGuest = new LinkedHashMap<>();
    folders.forEach(folder -> byGuest.put(folder.guest(), folder));
    folders = List.copyOf(byGuest.values());
  }

  /**
   * This process's output and nothing else of it. Its streams are not {@link System#out}, which
   * decodes and buffers for people, and are never closed: they are the process's.
   */
  public static ProgramContext ofProcess(List<String> arguments, InputStream stdin) {
    return new ProgramContext(
        arguments,
        Map.of(),
        List.of(),
        stdin,
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        new ControlLines());
  }

  /** The same for a terminal in raw mode, which gets what the engine itself has to say. */
  public ProgramContext withRawTerminal() {
    return new ProgramContext(
        arguments, environment, folders, stdin, stdout, new TerminalLines(stderr), control);
  }

  /** The same with more arguments. */
  public ProgramContext followedBy(List<String> words) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(words);
    return new ProgramContext(all, environment, folders, stdin, stdout, stderr, control);
  }

  /** The same with variables and host folders. */
  public ProgramContext with(Map<String, String> variables, List<MappedFolder> folders) {
    return new ProgramContext(arguments, variables, folders, stdin, stdout, stderr, control);
  }
}
