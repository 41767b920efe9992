package io.oci2wasm.cli.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Options that map folders in the runtimes whose option for it is known. */
public final class RuntimeFolders {
  private static final String WASMTIME = "wasmtime";

  private RuntimeFolders() {}

  /**
   * The command with options for {@code folders} at its end, if it is wasmtime's: others know these
   * folders themselves, like docs/run.mjs, or are told in the command, or the engine says what is
   * missing.
   */
  public static List<String> map(List<MappedFolder> folders, List<String> command) {
    List<String> all = new ArrayList<>(command);
    if (isWasmtime(command)) {
      folders.forEach(
          folder -> {
            if (command.stream().noneMatch(word -> word.endsWith("::" + folder.guest()))) {
              all.add("--dir=" + folder.host() + "::" + folder.guest());
            }
          });
    }
    return List.copyOf(all);
  }

  private static boolean isWasmtime(List<String> command) {
    return Optional.ofNullable(Path.of(command.get(0)).getFileName())
        .filter(name -> name.toString().equals(WASMTIME))
        .isPresent();
  }
}
