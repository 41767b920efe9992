package io.oci2wasm.converter.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Reads the content of files from packed layers, by the layers' ordinals. The lowest is 0. */
public interface LayerContents {
  /** Fills {@code target} from byte {@code offset} of a layer's index. */
  void readTail(int layer, long offset, ByteBuffer target) throws IOException;

  /** Copies bytes of a layer's data; offsets ascend within a layer. */
  void copyData(int layer, long offset, long length, WritableByteChannel target) throws IOException;
}
