package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;

/** A conversion, as commands print it. */
final class ConversionText {
  private ConversionText() {}

  /** One line: state, platform, image, id. */
  static String line(JsonNode conversion) {
    return String.format(
        "%-9s %-13s %s  %s",
        conversion.path("state").asText(),
        conversion.path("platform").asText("-"),
        image(conversion.path("image")),
        conversion.path("id").asText());
  }

  static String image(JsonNode image) {
    StringBuilder text = new StringBuilder(image.path("registry").asText());
    text.append('/').append(image.path("repository").asText());
    if (image.hasNonNull("tag")) {
      text.append(':').append(image.path("tag").asText());
    }
    if (image.hasNonNull("digest")) {
      text.append('@').append(image.path("digest").asText());
    }
    return text.toString();
  }
}
