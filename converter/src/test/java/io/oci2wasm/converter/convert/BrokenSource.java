package io.oci2wasm.converter.convert;

import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import java.io.IOException;
import java.io.InputStream;

/** Blobs whose reading fails. */
record BrokenSource(IOException failure) implements ImageContent {
  @Override
  public byte[] manifest(Descriptor descriptor) throws IOException {
    throw failure;
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        throw failure;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        throw failure;
      }
    };
  }
}
