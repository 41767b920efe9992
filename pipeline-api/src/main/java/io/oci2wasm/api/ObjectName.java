package io.oci2wasm.api;

/**
 * What an object's key says (docs/FORMATS.md, "Objects").
 *
 * @param name of what belongs together for whoever wants it: the prefix of a bundle, or of a layer
 *     with all its packings; else the key
 * @param group of what was written together: the prefix of a bundle, of one packing, or of a
 *     layer's logs of one format, or of what tells of one log of an image; else the key
 * @param isMarker whether the object is the commit marker of its group
 */
public record ObjectName(Family family, String name, String group, boolean isMarker) {
  /** Kinds of objects. */
  public enum Family {
    BLOB,
    BUNDLE,
    CLAIM,
    DIFF_ID,
    ENGINE,
    LAYER,
    LAYER_LOG,
    ROOTFS,
    SERVED,
    TRAINING,
    TRANSLATION
  }
}
