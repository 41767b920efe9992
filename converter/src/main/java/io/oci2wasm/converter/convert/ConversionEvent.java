package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Sha256Digest;

/** Progress of a conversion. Sizes are bytes. */
public sealed interface ConversionEvent {
  /** A layer's blob of {@code blobSize} bytes is about to be read. */
  record LayerStarted(Sha256Digest blob, long blobSize) implements ConversionEvent {}

  /** {@code blobBytes} of a layer's blob have been read so far. */
  record LayerProgressed(Sha256Digest blob, long blobBytes) implements ConversionEvent {}

  /** A layer is in the store; {@code reused}: it was there before. */
  record LayerFinished(Sha256Digest blob, Sha256Digest diffId, boolean reused)
      implements ConversionEvent {}

  /** The output file of {@code outputSize} bytes is about to be written. */
  record AssemblyStarted(long outputSize) implements ConversionEvent {}

  /** {@code outputBytes} of the output file have been written so far. */
  record AssemblyProgressed(long outputBytes) implements ConversionEvent {}

  /** Receives events, on the thread that does the work: it must be quick and thread-safe. */
  @FunctionalInterface
  interface Listener {
    Listener NONE = event -> {};

    void on(ConversionEvent event);
  }
}
