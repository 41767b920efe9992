package io.oci2wasm.api;

/** Keys of the object store (docs/FORMATS.md, "Objects"). */
public final class ObjectKeys {
  private ObjectKeys() {}

  public static String blob(Sha256Digest digest) {
    return "blobs/sha256/" + digest.hex();
  }

  /**
   * Marks that {@code registry/repository} has shown that it serves {@code digest}. The repository
   * is one part of the key: a store that keeps files would else refuse what lies below {@code
   * team/app/sha256/HEX}, which may be a repository too.
   */
  public static String served(String registry, String repository, Sha256Digest digest) {
    return "served/" + registry + "/" + repository.replace('/', '!') + "/sha256/" + digest.hex();
  }

  /** Holds the diffID that was computed from a compressed blob. */
  public static String diffId(Sha256Digest compressedBlob) {
    return "diffids/sha256/" + compressedBlob.hex();
  }

  public static String layerData(Sha256Digest diffId, String packerVersion) {
    return "layers/" + diffId.hex() + "/" + packerVersion + "/data";
  }

  /** The layer's commit marker: written after its data. */
  public static String layerIndex(Sha256Digest diffId, String packerVersion) {
    return "layers/" + diffId.hex() + "/" + packerVersion + "/index";
  }

  public static String bundleModule(String conversionId) {
    return "bundles/" + conversionId + "/bundle.wasm";
  }

  /** Who made the bundle from what: an in-toto statement. */
  public static String bundleProvenance(String conversionId) {
    return "bundles/" + conversionId + "/provenance.json";
  }

  /** Says which worker is converting, while it does; the only object that changes. */
  public static String claim(String conversionId) {
    return "claims/" + conversionId;
  }

  /** The bundle's commit marker: written after its module and provenance. */
  public static String bundleDescription(String conversionId) {
    return "bundles/" + conversionId + "/bundle.json";
  }
}
