package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.Glob;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.RegistryName;
import io.oci2wasm.runtime.config.ConfigKey;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which bundles go back to their registries. */
public record DeliveryConfig(
    @ConfigKey(
            meaning =
                "Patterns of HOST[:PORT]/REPOSITORY: * is any characters but /, ** any "
                    + "characters, ? one character. If empty, nothing is pushed back.",
            byDefault = "[]")
        List<Glob> images,
    @ConfigKey(
            meaning =
                "A private key (PKCS #8, without a password) and its public key, both in PEM form. "
                    + "Each bundle's provenance and bill of materials are signed with it and "
                    + "pushed beside the bundle.",
            byDefault = "no attestations")
        @Nullable Path signingKeyFile,
    SignerConfig signer,
    @ConfigKey(
            meaning =
                "Each bundle's tag, such as {tag}-wasm. {tag} is the image's, {platform} such as "
                    + "linux-amd64. Without {platform}, an image of several platforms gets an "
                    + "index. No tag that names something else is overwritten.",
            byDefault = "no tag")
        @Nullable TagTemplate tag,
    WorkerConfig work) {
  public static final DeliveryConfig DEFAULT =
      new DeliveryConfig(List.of(), null, SignerConfig.NONE, null, WorkerConfig.of(2));

  public DeliveryConfig {
    if (signingKeyFile != null && signer.configured()) {
      throw new IllegalArgumentException(
          "delivery: found signingKeyFile and signer, expected one of them: there is one key");
    }
    images = images.stream().map(RegistryName::normalImage).toList();
  }

  /**
   * The same with another tag for bundles.
   *
   * @throws IllegalArgumentException if it is none
   */
  public DeliveryConfig tagging(String template) {
    return new DeliveryConfig(images, signingKeyFile, signer, new TagTemplate(template), work);
  }

  public boolean enabled() {
    return !images.isEmpty();
  }

  boolean wants(ImageReference image) {
    String name = image.registry() + "/" + image.repository();
    return images.stream().anyMatch(pattern -> pattern.matches(name));
  }
}
