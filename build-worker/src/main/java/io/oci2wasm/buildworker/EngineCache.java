package io.oci2wasm.buildworker;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.converter.bundle.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The built-in engines, each loaded once. Thread-safe. */
final class EngineCache {
  private final Map<String, Engine> engines = new HashMap<>();

  /** Which there are. None is loaded for that. */
  static List<WorkerSeen.Engine> all() {
    List<WorkerSeen.Engine> all = new ArrayList<>();
    try {
      for (Platform platform : Engine.platforms()) {
        Engine.Identity engine = Engine.identity(platform);
        all.add(new WorkerSeen.Engine(platform, engine.version(), engine.digest()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  /**
   * The engine that runs images of {@code platform}.
   *
   * @throws RejectedException {@link Reason#NO_ENGINE}
   */
  synchronized Engine engine(Platform platform) throws RejectedException, IOException {
    String key = platform.os() + "/" + platform.architecture();
    Engine known = engines.get(key);
    if (known != null && platform.runsOn(known.platform())) {
      return known;
    }
    Engine engine =
        Engine.forPlatform(platform)
            .orElseThrow(
                () ->
                    new RejectedException(
                        Reason.NO_ENGINE,
                        String.format(
                            "no engine runs %s: found engines for %s; this platform is left out",
                            platform, Engine.platforms())));
    engines.put(key, engine);
    return engine;
  }
}
