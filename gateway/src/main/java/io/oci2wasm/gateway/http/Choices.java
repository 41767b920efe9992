package io.oci2wasm.gateway.http;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.event.ConversionChoice;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a call narrows of the conversions that are configured. */
final class Choices {
  private Choices() {}

  /**
   * The choice; null where it is all that is configured.
   *
   * @throws IllegalArgumentException if one of {@code platforms} is none
   */
  static @Nullable ConversionChoice of(@Nullable List<String> platforms, boolean force) {
    List<Platform> parsed =
        Stream.ofNullable(platforms)
            .flatMap(List::stream)
            .map(platform -> Platform.parse(String.valueOf(platform)))
            .distinct()
            .toList();
    return parsed.isEmpty() && !force ? null : new ConversionChoice(parsed, force);
  }
}
