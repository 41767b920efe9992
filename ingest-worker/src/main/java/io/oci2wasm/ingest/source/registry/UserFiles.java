package io.oci2wasm.ingest.source.registry;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a user's container tools keep their logins, most explicit first. */
final class UserFiles {
  private UserFiles() {}

  static List<Path> in(Map<String, String> environment) {
    List<Path> files = new ArrayList<>();
    add(files, environment.get("REGISTRY_AUTH_FILE"), "");
    add(files, environment.get("DOCKER_CONFIG"), "config.json");
    add(files, environment.get("HOME"), ".docker/config.json");
    add(files, environment.get("XDG_RUNTIME_DIR"), "containers/auth.json");
    add(files, environment.get("HOME"), ".config/containers/auth.json");
    return List.copyOf(files);
  }

  private static void add(List<Path> files, @Nullable String base, String rest) {
    if (base != null && !base.isEmpty()) {
      files.add(Path.of(base).resolve(rest));
    }
  }
}
