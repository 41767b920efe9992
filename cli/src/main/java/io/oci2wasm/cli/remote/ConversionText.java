package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;

/** A conversion, as commands print it. */
final class ConversionText {
  private ConversionText() {}

  /** One line: state, platform, image, id. */
  static String line(JsonNode conversion) {
    return String.format(
        "%-9s %-13s %s  %s",
        conversion.path("state").asText(),
        conversion.path("platform").asText("-"),
        Json.MAPPER.convertValue(conversion.path("image"), ImageReference.class),
        conversion.path("id").asText());
  }
}
