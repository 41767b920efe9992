package io.oci2wasm.converter.rootfs;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Unpacks a blob, and tells damage of its content from a failure to read it. */
final class DecompressingInputStream extends InputStream {
  /** The blob's compression is damaged or ends too soon. */
  static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(IOException cause) {
      super(found(cause), cause);
    }

    /** An {@link EOFException} often has no message. */
    private static String found(IOException cause) {
      return cause instanceof EOFException
          ? "the blob's end inside the compressed data"
          : String.valueOf(cause.getMessage());
    }
  }

  private final BlobInputStream blob;
  private @Nullable InputStream unpacked;

  DecompressingInputStream(BlobInputStream blob) {
    this.blob = blob;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      InputStream in = unpacked;
      if (in == null) {
        in = Compression.unpack(blob);
        unpacked = in;
      }
      return in.read(target, offset, length);
    } catch (IOException e) {
      if (blob.failure() != null) {
        throw e;
      }
      throw new DamagedException(e);
    }
  }

  /** Frees the decompressor; closes the blob with it. */
  @Override
  public void close() throws IOException {
    if (unpacked != null) {
      unpacked.close();
    }
    blob.close();
  }
}
