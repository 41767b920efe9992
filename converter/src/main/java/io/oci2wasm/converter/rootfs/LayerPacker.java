package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.converter.frame.FrameOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import java.util.function.ToIntFunction;

/**
 * Converts a layer's blob into its packed form: {@code data}, frames of whole 4096-byte blocks of
 * file content, and {@code index}, the entries with each file's tail. Streams: memory does not grow
 * with the layer. Thread-safe.
 */
public final class LayerPacker {
  private final LayerLimits limits;
  private final ToIntFunction<Attributes> inlineRoom;
  private final FrameCompression compression;

  /**
   * @param inlineRoom how many bytes of content may stand beside an inode of these attributes; a
   *     longer tail gets a block of its own in {@code data}
   */
  public LayerPacker(
      LayerLimits limits, ToIntFunction<Attributes> inlineRoom, FrameCompression compression) {
    this.limits = limits;
    this.inlineRoom = inlineRoom;
    this.compression = compression;
  }

  /**
   * Packs a layer. Only when this returns has the layer proved to be what {@code descriptor} and
   * {@code diffId} say.
   *
   * @param blob the layer's blob; closed here
   * @param progress told how many bytes of the blob have been read, on another thread
   * @param data gets frames; closed here
   * @param index a file to be written
   * @throws RejectedException if the layer is not what it should be, or is refused
   * @throws IOException if reading or writing failed
   */
  public void pack(
      Descriptor descriptor,
      Sha256Digest diffId,
      InputStream blob,
      LongConsumer progress,
      OutputStream data,
      Path index)
      throws IOException, RejectedException {
    try (data;
        FrameOutput frames = new FrameOutput(data, compression);
        OutputStream indexOut = Files.newOutputStream(index);
        LayerIndexWriter writer = new LayerIndexWriter(indexOut, diffId)) {
      BlockOutput blocks = new BlockOutput(frames);
      LayerFaults faults = new LayerFaults(descriptor.digest());
      new LayerBlob(descriptor, diffId, limits)
          .unpack(
              blob,
              progress,
              (tar, check) ->
                  new EntryPacker(
                          new TarReader(tar, limits, faults),
                          limits,
                          faults,
                          inlineRoom,
                          check,
                          blocks,
                          writer)
                      .packAll());
      blocks.flush();
      writer.end(blocks.blocks(), frames.finish());
    }
  }

  /**
   * Only verifies that a blob unpacks to {@code diffId}: for a layer that was packed before from a
   * blob compressed otherwise.
   */
  public void verify(
      Descriptor descriptor, Sha256Digest diffId, InputStream blob, LongConsumer progress)
      throws IOException, RejectedException {
    new LayerBlob(descriptor, diffId, limits).unpack(blob, progress, (tar, check) -> {});
  }
}
