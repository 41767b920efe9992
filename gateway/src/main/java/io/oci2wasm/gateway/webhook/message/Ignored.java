package io.oci2wasm.gateway.webhook.message;

import java.util.Locale;

/** Why an event of a webhook makes no request. */
public enum Ignored {
  /** A manifest or index without a tag: most are children of an index that is pushed after them. */
  UNTAGGED,
  /**
   * No image: a signature, attestation, bill of materials, chart, WebAssembly module, and so on.
   */
  ARTIFACT,
  /** Pushed by a user who pushes for us. */
  OWN,
  /** No push of a manifest: a pull, a blob, a ping, and so on. */
  OTHER;

  /** As in metrics. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
