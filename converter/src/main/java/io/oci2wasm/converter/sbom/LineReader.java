package io.oci2wasm.converter.sbom;

/** Understands a file by its lines. Refuses none: images are written by strangers. */
interface LineReader {
  void line(String line);

  /** There is no more. */
  void end();
}
