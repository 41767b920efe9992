package io.oci2wasm.runtime.bundle;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Sha256Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a split bundle's module says of its data file (docs/FORMATS.md, "Split bundles").
 *
 * @param moduleFrameBytes size of the first frames, which are in the module
 * @param frameBytes size of the others, which are in the data file
 */
record SplitData(String name, long moduleFrameBytes, long frameBytes, Sha256Digest identity) {
  private static final byte[] MAGIC = "OCI2WDAT".getBytes(US_ASCII);
  private static final int DIGEST_BYTES = 32;
  private static final int NAME_BYTES = 256;
  private static final int END_BYTES = MAGIC.length + DIGEST_BYTES;
  private static final int HEADER_BYTES = Long.BYTES + DIGEST_BYTES + NAME_BYTES;

  SplitData {
    int length = name.getBytes(UTF_8).length;
    if (length == 0 || length >= NAME_BYTES || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("a data file called \"" + name + '"');
    }
  }

  /** What the payload header has of it. */
  byte[] header() {
    return ByteBuffer.allocate(HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(moduleFrameBytes)
        .put(raw())
        .put(Arrays.copyOf(name.getBytes(UTF_8), NAME_BYTES))
        .array();
  }

  /** What the data file has behind its frames. */
  byte[] end() {
    return ByteBuffer.allocate(END_BYTES).put(MAGIC).put(raw()).array();
  }

  private byte[] raw() {
    return HexFormat.of().parseHex(identity.hex());
  }

  /** Adds what the bundle's description says of it. */
  void describe(ObjectNode description) {
    description
        .putObject("data")
        .put("file", name)
        .put("size", frameBytes + END_BYTES)
        .put("identity", identity.toString());
  }
}
