package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;

/**
 * Writes messages about faults of a layer: what was done, on which layer, found, expected, what to
 * do.
 */
final class LayerFaults {
  private static final String REBUILD = "build and push the image again";

  private final Sha256Digest blob;

  LayerFaults(Sha256Digest blob) {
    this.blob = blob;
  }

  /** Damaged compression or archive; {@code where} names the structure and its byte offset. */
  RejectedException corrupt(String where, String found, String expected) {
    return fault(Reason.LAYER_CORRUPT, where, found, expected, REBUILD);
  }

  RejectedException corrupt(String where, String found, String expected, Throwable cause) {
    return new RejectedException(
        Reason.LAYER_CORRUPT, text(where, found, expected, REBUILD), cause);
  }

  /** Well formed, and yet not accepted. */
  RejectedException refused(String where, String found, String expected, String advice) {
    return fault(Reason.LAYER_REFUSED, where, found, expected, advice);
  }

  RejectedException fault(
      Reason reason, String where, String found, String expected, String advice) {
    return new RejectedException(reason, text(where, found, expected, advice));
  }

  private String text(String where, String found, String expected, String advice) {
    return String.format(
        "unpacking layer %s, %s: found %s, expected %s; %s", blob, where, found, expected, advice);
  }
}
