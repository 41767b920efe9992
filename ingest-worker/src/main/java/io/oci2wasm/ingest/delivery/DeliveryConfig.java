package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.Glob;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.RegistryName;
import io.oci2wasm.runtime.config.ConfigKey;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.util.List;

/** Which bundles go back to their registries. */
public record DeliveryConfig(
    @ConfigKey(
            meaning =
                "Patterns of HOST[:PORT]/REPOSITORY: * is any characters but /, ** any "
                    + "characters, ? one character. If empty, nothing is pushed back.",
            byDefault = "[]")
        List<Glob> images,
    WorkerConfig work) {
  public static final DeliveryConfig DEFAULT = new DeliveryConfig(List.of(), WorkerConfig.of(2));

  public DeliveryConfig {
    images = images.stream().map(RegistryName::normalImage).toList();
  }

  public boolean enabled() {
    return !images.isEmpty();
  }

  boolean wants(ImageReference image) {
    String name = image.registry() + "/" + image.repository();
    return images.stream().anyMatch(pattern -> pattern.matches(name));
  }
}
