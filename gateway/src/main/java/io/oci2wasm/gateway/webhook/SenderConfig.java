package io.oci2wasm.gateway.webhook;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Configuration of one sender. */
public record SenderConfig(
    @ConfigKey(
            meaning =
                "What the sender presents or signs with; for dockerhub and quay the path's end.")
        @Nullable Path secretFile,
    @ConfigKey(
            meaning =
                "The header with the secret, if the sender can set another one than "
                    + "Authorization.")
        @Nullable String header,
    @ConfigKey(meaning = "HOST[:PORT] of the registry, if the sender reports none or another.")
        @Nullable String registry,
    @ConfigKey(meaning = "Users who push for us: their pushes convert nothing.", byDefault = "[]")
        List<String> ownActors) {
  public static final SenderConfig DEFAULT = ConfigFile.defaults(SenderConfig.class);

  /** RFC 9110, section 5.6.2. */
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

  private static final Pattern REGISTRY = Pattern.compile("[A-Za-z0-9.\\[\\]:-]{1,260}");

  public SenderConfig {
    ownActors = List.copyOf(ownActors);
    if (header != null && !HEADER.matcher(header).matches()) {
      throw new IllegalArgumentException(
          "header: found \"" + header + "\", expected a header's name, e.g. X-Webhook-Secret");
    }
    if (registry != null && !REGISTRY.matcher(registry).matches()) {
      throw new IllegalArgumentException(
          "registry: found \"" + registry + "\", expected HOST or HOST:PORT");
    }
  }
}
