package io.oci2wasm.converter.sbom;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The packages of an image, in an order that depends on them alone.
 *
 * @param system what the image says that it is
 * @param gaps what is not listed and why, for people
 */
@JsonPropertyOrder({"system", "packages", "gaps"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OsPackages(
    @Nullable OperatingSystem system, List<OsPackage> packages, List<String> gaps) {
  public OsPackages {
    packages = packages.stream().sorted().distinct().toList();
    gaps = List.copyOf(gaps);
  }

  /** What os-release says: its {@code ID}, {@code VERSION_ID} and {@code PRETTY_NAME}. */
  @JsonPropertyOrder({"id", "version", "title"})
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record OperatingSystem(String id, @Nullable String version, @Nullable String title) {}
}
