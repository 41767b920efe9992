package io.oci2wasm.api.oci;

import io.oci2wasm.api.Reason;
import java.util.Set;

/**
 * Media types of image-spec 1.1 (media-types.md) and of docker's image manifest version 2, schema
 * 2.
 */
public final class MediaTypes {
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
  public static final String IN_TOTO = "application/vnd.in-toto+json";

  /** Of image-spec 1.1's release candidates, in which artifacts had a manifest of their own. */
  public static final String ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json";

  /** Config and layer of a WebAssembly artifact (CNCF TAG Runtime, "Wasm OCI Artifact layout"). */
  public static final String WASM_CONFIG = "application/vnd.wasm.config.v0+json";

  public static final String WASM_LAYER = "application/wasm";

  /** The second layer of a split bundle (docs/FORMATS.md, "Delivery to registries"). */
  public static final String BUNDLE_DATA = "application/vnd.oci2wasm.data.v1";

  private static final Set<String> INDEXES = Set.of(OCI_INDEX, DOCKER_LIST);
  private static final Set<String> MANIFESTS = Set.of(OCI_MANIFEST, DOCKER_MANIFEST);
  private static final Set<String> CONFIGS = Set.of(OCI_CONFIG, DOCKER_CONFIG);
  private static final Set<String> SCHEMA_1 =
      Set.of(
          "application/vnd.docker.distribution.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v1+prettyjws");

  /** The compressions of layers, as messages name them. */
  public static final String COMPRESSIONS = "gzip or zstd";

  /**
   * Layers are told apart by their bytes; the suffixes here only say which names mean "a tar,
   * somehow compressed".
   */
  private static final Set<String> LAYERS =
      Set.of(
          OCI_LAYER,
          OCI_LAYER + "+gzip",
          OCI_LAYER + "+zstd",
          DOCKER_LAYER,
          DOCKER_LAYER + ".gzip",
          DOCKER_LAYER + ".zstd",
          "application/vnd.oci.image.layer.nondistributable.v1.tar",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
          "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");

  private MediaTypes() {}

  public static boolean isIndex(String mediaType) {
    return INDEXES.contains(mediaType);
  }

  public static boolean isManifest(String mediaType) {
    return MANIFESTS.contains(mediaType);
  }

  public static boolean isImageConfig(String mediaType) {
    return CONFIGS.contains(mediaType);
  }

  public static boolean isLayer(String mediaType) {
    return LAYERS.contains(mediaType);
  }

  public static boolean isWasm(String mediaType) {
    return mediaType.equals(WASM_CONFIG) || mediaType.equals(WASM_LAYER);
  }

  /**
   * Docker's schema 1, which has no config and is refused ({@link Reason#UNSUPPORTED_MEDIA_TYPE}).
   */
  public static boolean isSchema1(String mediaType) {
    return SCHEMA_1.contains(mediaType);
  }
}
