package io.oci2wasm.cli;

import io.oci2wasm.api.Platform;
import io.oci2wasm.converter.bundle.Engine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the command's version and each engine's. */
final class Version implements IVersionProvider {
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
