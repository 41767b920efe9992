package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.RegistryName;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The registries that the gateway scans on a schedule, and how often. */
public record ScanConfig(
    @ConfigKey(
            meaning =
                "Time between two scans of a registry, 1s or more. None starts while one of the "
                    + "same registry is open.")
        @Nullable Duration every,
    @ConfigKey(
            meaning =
                "HOST or HOST:PORT. ingest must be allowed to contact them (registries.allow).",
            byDefault = "[]")
        List<String> registries) {
  private static final Duration MIN = Duration.ofSeconds(1);

  public static final ScanConfig DEFAULT = ConfigFile.defaults(ScanConfig.class);

  public ScanConfig {
    registries = registries.stream().map(host -> new RegistryName(host).text()).distinct().toList();
    if (every != null && every.compareTo(MIN) < 0) {
      throw new IllegalArgumentException(
          "every: found " + every.toMillis() + "ms, expected 1s or more; leave it out for never");
    }
    if (every == null != registries.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "found %s, expected both or none",
              every == null ? "registries without every" : "every without registries"));
    }
  }
}
