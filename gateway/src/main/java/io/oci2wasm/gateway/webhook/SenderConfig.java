package io.oci2wasm.gateway.webhook;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of one sender.
 *
 * @param secretFile holds what the sender presents, or signs with
 * @param header carries the secret, for senders whose header can be chosen
 * @param registry the registry's host, where the body does not tell it or tells another
 * @param ownActors users of the registry who push for us: what they push converts nothing
 */
public record SenderConfig(
    @Nullable Path secretFile,
    @Nullable String header,
    @Nullable String registry,
    List<String> ownActors) {
  public static final SenderConfig DEFAULT = new SenderConfig(null, null, null, List.of());

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
