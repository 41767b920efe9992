package io.oci2wasm.converter.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Reads the content of files from packed layers, by the layers' ordinals. The lowest is 0. */
public interface LayerContents {
  /** Fills {@code target} from byte {@code offset} of a layer's index. */
  void readTail(int layer, long offset, ByteBuffer target) throws IOException;

  /** Copies blocks of a layer's data, decompressed; they ascend within a layer. */
  void copyBlocks(int layer, long firstBlock, long blocks, WritableByteChannel target)
      throws IOException;

  /** Copies frames of a layer's data as they are stored; they ascend within a layer. */
  void copyFrames(int layer, int firstFrame, int frames, WritableByteChannel target)
      throws IOException;
}
