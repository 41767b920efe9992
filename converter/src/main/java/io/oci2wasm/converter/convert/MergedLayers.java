package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.rootfs.FileTree;
import java.util.List;

/** An image's files, and the frames of each layer's data, lowest layer first. */
record MergedLayers(FileTree tree, List<FrameTable> frames) {
  MergedLayers {
    frames = List.copyOf(frames);
  }
}
