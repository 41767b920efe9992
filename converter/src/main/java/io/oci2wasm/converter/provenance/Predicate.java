package io.oci2wasm.converter.provenance;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import java.util.List;
import java.util.Objects;

/**
 * SLSA provenance v1: inputs, output and builder. Without times, invocation and byproducts: the
 * same conversion gives the same statement.
 */
@JsonPropertyOrder({"buildDefinition", "runDetails"})
public record Predicate(BuildDefinition buildDefinition, RunDetails runDetails) {
  public Predicate {
    Objects.requireNonNull(buildDefinition, "predicate: found no buildDefinition");
    Objects.requireNonNull(runDetails, "predicate: found no runDetails");
  }

  /** The build's inputs; {@code resolvedDependencies} with the lowest layer first. */
  @JsonPropertyOrder({"buildType", "externalParameters", "resolvedDependencies"})
  public record BuildDefinition(
      String buildType, Parameters externalParameters, List<Resource> resolvedDependencies) {
    public BuildDefinition {
      resolvedDependencies = List.copyOf(resolvedDependencies);
    }
  }

  /**
   * What the one who asked for the conversion chose. The image is named by digest alone: many
   * repositories share a conversion, and none is to learn of the others.
   */
  @JsonPropertyOrder({"image", "platform", "options"})
  public record Parameters(Sha256Digest image, Platform platform, ConversionOptions options) {
    public Parameters {
      Objects.requireNonNull(options, "externalParameters: found no options");
    }
  }

  /** Who ran the build. */
  public record RunDetails(Builder builder) {
    public RunDetails {
      Objects.requireNonNull(builder, "runDetails: found no builder");
    }
  }
}
