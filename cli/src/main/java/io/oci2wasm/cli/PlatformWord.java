package io.oci2wasm.cli;

import io.oci2wasm.api.Platform;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A platform as people write it: the system may be missing, and the names that {@code uname -m} has
 * for an architecture are known.
 */
final class PlatformWord implements ITypeConverter<Platform> {
  private static final String USUAL_SYSTEM = "linux";

  private static final Map<String, String> ARCHITECTURES =
      Map.of("x86_64", "amd64", "aarch64", "arm64", "i386", "386", "i686", "386");

  @Override
  public Platform convert(String text) {
    try {
      Platform found = Platform.parse(text.contains("/") ? text : USUAL_SYSTEM + "/" + text);
      return new Platform(
          found.os(),
          ARCHITECTURES.getOrDefault(found.architecture(), found.architecture()),
          found.variant());
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
