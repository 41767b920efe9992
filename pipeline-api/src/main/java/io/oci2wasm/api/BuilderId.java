package io.oci2wasm.api;

import java.net.URI;
import java.net.URISyntaxException;

/** Names who made a bundle (SLSA provenance v1, "Builder"): an absolute URI. */
public final class BuilderId {
  private BuilderId() {}

  /**
   * Refuses what is no absolute URI.
   *
   * @throws IllegalArgumentException if {@code id} is none
   */
  public static void check(String id) {
    try {
      if (new URI(id).isAbsolute()) {
        return;
      }
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(noUri(id), e);
    }
    throw new IllegalArgumentException(noUri(id));
  }

  private static String noUri(String id) {
    return "builder id: found \"" + id + "\", expected a URI such as https://example.org/builder";
  }
}
