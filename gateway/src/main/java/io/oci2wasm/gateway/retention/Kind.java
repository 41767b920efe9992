package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Kinds of objects, in the order in which they are removed. */
public enum Kind {
  BUNDLE,
  LAYER,
  /** An image's filesystem without the content of its files. */
  ROOTFS,
  ENGINE,
  /** A training log, of a bundle or of a layer, or what tells which training has yielded it. */
  TRANSLATION,
  SERVED,
  DIFFID,
  /** A layer as the registry served it. */
  BLOB,
  /**
   * A manifest, index or config, after everything that only it leads to: what a crash leaves behind
   * is found again through them.
   */
  DOCUMENT,
  /** What a build-worker that died said of its work. */
  CLAIM,
  UPLOAD;

  /** The word used in JSON and metrics, e.g. {@code bundle}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
