package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Sha256Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Keeps converted layers, so that a layer is converted once for all images that share it
 * (docs/FORMATS.md, "Objects"). A layer is a pair of objects: {@code data}, frames of whole
 * 4096-byte blocks of file content, and {@code index}, its entries with each file's tail. The index
 * is the commit marker: it becomes visible after the data, and a layer without one does not exist.
 *
 * <p>Implementations are safe for use by several threads, and by several processes: the same layer
 * may be written twice at once, with the same bytes.
 */
public interface LayerStore {
  /**
   * The diffID that <em>this converter</em> computed from a compressed blob, if it ever did. Layers
   * are reused through this record alone, never because a config claims a diffID: a config is
   * written by whoever pushes, and could name another's private layer.
   */
  Optional<Sha256Digest> diffIdOf(Sha256Digest compressedBlob) throws IOException;

  /** Records that unpacking {@code compressedBlob} gave {@code diffId}. */
  void recordDiffId(Sha256Digest compressedBlob, Sha256Digest diffId) throws IOException;

  /** Opens a converted layer; empty if its index is not there. */
  Optional<StoredLayer> find(Sha256Digest diffId, String packerVersion) throws IOException;

  /**
   * Begins to write a layer. {@code diffId} is what the image's config claims: the layer is
   * committed only after the bytes have proved it.
   */
  LayerSink create(Sha256Digest diffId, String packerVersion) throws IOException;

  /** A converted layer that can be read. */
  interface StoredLayer extends Closeable {
    /**
     * The layer's index as a local file, there until {@link #close}. It is read at random places
     * while an image is written, and is small beside the data: about a tenth.
     */
    Path index();

    /**
     * Writes {@code length} bytes of the layer's data from {@code offset} to {@code target}, in
     * pieces of bounded size. Calls come in ascending order of {@code offset}.
     */
    void copyData(long offset, long length, WritableByteChannel target) throws IOException;

    /**
     * Waits until the layer is in the store, where it is still being written: it can be read
     * before.
     */
    default void settle() throws IOException {}

    /** Frees it, after {@link #settle}. */
    @Override
    void close() throws IOException;
  }

  /** A layer being written. {@link #close} without {@link #commit} leaves nothing behind. */
  interface LayerSink extends Closeable {
    /** Takes the layer's data from its first byte to its last. The converter closes it. */
    OutputStream data();

    /**
     * Publishes the layer, after {@link #data} was closed.
     *
     * @param index the index as a local file of the converter's, to be copied
     */
    StoredLayer commit(Path index) throws IOException;

    @Override
    void close() throws IOException;
  }
}
