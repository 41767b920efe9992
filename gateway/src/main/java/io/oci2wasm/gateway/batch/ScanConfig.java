package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.RegistryName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The registries that the gateway scans on a schedule, and how often.
 *
 * @param every time from one scan of a registry to the next; absent means on command only
 */
public record ScanConfig(@Nullable Duration every, List<String> registries) {
  private static final Duration MIN = Duration.ofSeconds(1);

  public static final ScanConfig DEFAULT = new ScanConfig(null, List.of());

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
