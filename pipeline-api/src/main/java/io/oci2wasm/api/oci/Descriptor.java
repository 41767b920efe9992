package io.oci2wasm.api.oci;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Points at content by digest, size in bytes and media type (image-spec 1.1, descriptor.md). */
@JsonPropertyOrder({"mediaType", "digest", "size", "platform", "annotations"})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Descriptor(
    String mediaType,
    Sha256Digest digest,
    @JsonInclude(JsonInclude.Include.ALWAYS) long size,
    @Nullable PlatformObject platform,
    Map<String, String> annotations) {
  private static final String REFERENCE_TYPE = "vnd.docker.reference.type";
  private static final String ATTESTATION = "attestation-manifest";

  public Descriptor {
    Objects.requireNonNull(mediaType, "descriptor: found no mediaType");
    Objects.requireNonNull(digest, "descriptor: found no digest");
    if (size < 0) {
      throw new IllegalArgumentException(
          "descriptor " + digest + ": found size " + size + ", expected 0 or more");
    }
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  public Descriptor(String mediaType, Sha256Digest digest, long size) {
    this(mediaType, digest, size, null, Map.of());
  }

  /** Only type, digest and size: what events carry. */
  @JsonIgnore
  public Descriptor bare() {
    return new Descriptor(mediaType, digest, size);
  }

  /** Whether an index marks this child as buildkit's attestation of a sibling. */
  @JsonIgnore
  public boolean isAttestation() {
    return ATTESTATION.equals(annotations.get(REFERENCE_TYPE));
  }

  /**
   * The platform an index states for this child, if it states one that means something: otherwise
   * the child's config decides.
   */
  @JsonIgnore
  public @Nullable Platform statedPlatform() {
    if (platform == null || platform.os() == null || platform.architecture() == null) {
      return null;
    }
    try {
      Platform stated = new Platform(platform.os(), platform.architecture(), platform.variant());
      return stated.equals(Platform.UNKNOWN) ? null : stated;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The {@code platform} member of an index's child (image-spec 1.1, image-index.md). */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record PlatformObject(
      @Nullable String architecture,
      @Nullable String os,
      @JsonProperty("variant") @Nullable String variant) {}
}
