package io.oci2wasm.converter.erofs;

/** Consecutive frames of a layer's data that go into the bundle as they are. */
public record FrameExtent(int layer, int firstFrame, int frames) {
  int endFrame() {
    return firstFrame + frames;
  }
}
