package io.oci2wasm.cli.run;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Processes in a session of their own: the terminal's ctrl-C is not theirs. */
final class Session {
  /** Words before a command that give it a session; none where the system has no such program. */
  static final List<String> LEADER =
      Stream.of(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, "setsid")))
          ? List.of("setsid")
          : List.of();

  private Session() {}
}
