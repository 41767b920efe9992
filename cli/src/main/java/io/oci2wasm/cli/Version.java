package io.oci2wasm.cli;

import io.oci2wasm.api.Platform;
import io.oci2wasm.converter.bundle.Engine;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the command's version and each engine's. */
final class Version implements IVersionProvider {
  /**
   * Prints it without picocli, whose description of the command takes longer than all else.
   *
   * @return false, with nothing printed, if an engine is damaged: picocli's way tells of it
   */
  static boolean print(PrintStream out) {
    try {
      for (String line : new Version().getVersion()) {
        out.println(line);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String[] getVersion() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(OwnVersion.line());
    for (Platform platform : Engine.platforms()) {
      Engine.Identity engine = Engine.identity(platform);
      lines.add("engine " + platform + " " + engine.version() + " " + engine.digest());
    }
    return lines.toArray(String[]::new);
  }
}
