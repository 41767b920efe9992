package io.oci2wasm.cli.run;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
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
    OutputStream stderr) {
  public ProgramContext {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    directories = Map.copyOf(directories);
  }
}
