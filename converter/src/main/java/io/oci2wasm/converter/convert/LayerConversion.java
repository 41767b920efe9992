package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.converter.convert.LayerStore.LayerSink;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.converter.rootfs.LayerPacker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;

/** Gets one layer into the store, or finds it there. */
final class LayerConversion implements Callable<LayerConversion.ReadyLayer> {
  /**
   * A layer in the store.
   *
   * @param converted whether it was packed now
   */
  record ReadyLayer(StoredLayer layer, boolean converted) {}

  /** Reports every so many bytes. */
  private static final long PROGRESS_STEP_BYTES = 1 << 20;

  private final LayerStore store;
  private final LayerPacker packer;
  private final String packerVersion;
  private final ImageContent content;
  private final Descriptor descriptor;
  private final Sha256Digest diffId;
  private final Path scratchIndex;
  private final ConversionEvent.Listener listener;

  /** {@code diffId} is the config's claim; {@code scratchIndex} a file that may be written. */
  LayerConversion(
      LayerStore store,
      LayerPacker packer,
      String packerVersion,
      ImageContent content,
      Descriptor descriptor,
      Sha256Digest diffId,
      Path scratchIndex,
      ConversionEvent.Listener listener) {
    this.store = store;
    this.packer = packer;
    this.packerVersion = packerVersion;
    this.content = content;
    this.descriptor = descriptor;
    this.diffId = diffId;
    this.scratchIndex = scratchIndex;
    this.listener = listener;
  }

  @Override
  public ReadyLayer call() throws RejectedException, IOException {
    Optional<Sha256Digest> known = store.diffIdOf(descriptor.digest());
    if (known.isPresent() && !known.get().equals(diffId)) {
      throw new RejectedException(
          Reason.DIFF_ID_MISMATCH,
          String.format(
              "looking up layer %s: found diffID %s from unpacking it before, expected %s"
                  + " as the image's config says; build and push the image again",
              descriptor.digest(), known.get(), diffId));
    }
    Optional<StoredLayer> stored = store.find(diffId, packerVersion);
    if (stored.isPresent()) {
      return known.isPresent() ? reused(stored.get()) : proven(stored.get());
    }
    return pack();
  }

  private ReadyLayer reused(StoredLayer layer) {
    listener.on(new ConversionEvent.LayerFinished(descriptor.digest(), diffId, true));
    return new ReadyLayer(layer, false);
  }

  /**
   * The store has a layer of the claimed diffID, but nobody has shown that this blob is that layer:
   * its bytes have to.
   */
  private ReadyLayer proven(StoredLayer layer) throws RejectedException, IOException {
    orClosed(
        layer,
        () -> {
          listener.on(new ConversionEvent.LayerStarted(descriptor.digest(), descriptor.size()));
          packer.verify(descriptor, diffId, content.blob(descriptor), progress());
          store.recordDiffId(descriptor.digest(), diffId);
        });
    return reused(layer);
  }

  private ReadyLayer pack() throws RejectedException, IOException {
    listener.on(new ConversionEvent.LayerStarted(descriptor.digest(), descriptor.size()));
    try (LayerSink sink = store.create(diffId, packerVersion)) {
      packer.pack(
          descriptor, diffId, content.blob(descriptor), progress(), sink.data(), scratchIndex);
      StoredLayer layer = sink.commit(scratchIndex);
      orClosed(layer, () -> store.recordDiffId(descriptor.digest(), diffId));
      listener.on(new ConversionEvent.LayerFinished(descriptor.digest(), diffId, false));
      return new ReadyLayer(layer, true);
    }
  }

  /** What is done with an open layer. */
  @FunctionalInterface
  interface Use {
    void run() throws RejectedException, IOException;
  }

  /** Closes the layer if that fails. */
  static void orClosed(StoredLayer layer, Use use) throws RejectedException, IOException {
    boolean done = false;
    try {
      use.run();
      done = true;
    } finally {
      if (!done) {
        layer.close();
      }
    }
  }

  private LongConsumer progress() {
    return new LongConsumer() {
      private long next = PROGRESS_STEP_BYTES;

      @Override
      public void accept(long bytes) {
        if (bytes >= next) {
          next = bytes + PROGRESS_STEP_BYTES;
          listener.on(new ConversionEvent.LayerProgressed(descriptor.digest(), bytes));
        }
      }
    };
  }
}
